//! Numbers as Terraform has them: arbitrary precision, compared by value.

use std::fmt;

/// A number, in the one form that fits it: an integer of 64 bits, else an exact `f64`, else its decimal digits.
///
/// Two numbers of the same value are equal as long as both were made by the constructors here, which choose the form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(Form);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Form {
    Integer(i64),
    /// The bits of a finite float that is no 64-bit integer.
    Float(u64),
    /// Digits that neither of the others holds exactly.
    Decimal(String),
}

impl Number {
    /// The number, if it is an integer of 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Form::Integer(number) => Some(number),
            _ => None,
        }
    }

    /// The number, if it is exactly a 64-bit float (integers up to 2^53 are).
    pub fn as_f64(&self) -> Option<f64> {
        match &self.0 {
            Form::Integer(number) => {
                let float = *number as f64;
                (float as i128 == i128::from(*number)).then_some(float)
            }
            Form::Float(bits) => Some(f64::from_bits(*bits)),
            Form::Decimal(_) => None,
        }
    }

    /// A finite float; `None` for infinities and NaN, which the field has no notion of.
    pub fn from_f64(float: f64) -> Option<Self> {
        if !float.is_finite() {
            return None;
        }
        if float.fract() == 0.0 && (-9.2e18..9.2e18).contains(&float) {
            return Some(Self(Form::Integer(float as i64)));
        }
        Some(Self(Form::Float(float.to_bits())))
    }

    /// A number from decimal digits such as `12`, `-0.1` or `1e30`; `None` where the text is no number.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse::<i64>() {
            return Some(Self(Form::Integer(number)));
        }
        let float = text.parse::<f64>().ok().filter(|float| float.is_finite())?;
        let exact = Self::from_f64(float)?;
        if same_decimal(text, float) { Some(exact) } else { Some(Self(Form::Decimal(text.to_owned()))) }
    }
}

/// Whether `float` is exactly the decimal `text`, so that nothing is lost by keeping the float.
fn same_decimal(text: &str, float: f64) -> bool {
    // A float's exact expansion has at most 1074 fractional digits; comparing normalised digits is exact.
    normalise(text).is_some_and(|wanted| normalise(&format!("{float:.1074}")).is_some_and(|exact| exact == wanted))
}

/// Sign, digits without surrounding zeros, and the power of ten of the last digit.
fn normalise(text: &str) -> Option<(bool, String, i64)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (negative, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let trimmed = digits.trim_end_matches('0');
    let power = exponent - i64::try_from(fraction.len()).ok()? + i64::try_from(digits.len() - trimmed.len()).ok()?;
    let significant = trimmed.trim_start_matches('0');
    if significant.is_empty() {
        return Some((false, String::new(), 0));
    }
    Some((negative, significant.to_owned(), power))
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(Form::Integer(number))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Integer(number) => write!(f, "{number}"),
            Form::Float(bits) => write!(f, "{}", f64::from_bits(*bits)),
            Form::Decimal(digits) => f.write_str(digits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_one_form() {
        assert_eq!(Number::from_f64(2.0), Some(Number::from(2)));
        assert_eq!(Number::parse("0.5"), Number::from_f64(0.5));
        assert_eq!(Number::parse("5e-1"), Number::from_f64(0.5));
        assert_eq!(Number::parse("1.50"), Number::parse("1.5"));
    }

    #[test]
    fn what_a_float_cannot_hold_keeps_its_digits() {
        for digits in ["0.1", "12345678901234567890", "1.0000000000000000000000001"] {
            let number = Number::parse(digits).expect("a number");
            assert_eq!(number.to_string(), digits);
            assert_eq!(number.as_f64().filter(|_| digits != "12345678901234567890"), None);
        }
        assert_eq!(Number::parse("ten"), None);
        assert_eq!(Number::from_f64(f64::NAN), None);
    }
}
