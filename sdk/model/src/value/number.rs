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
        // 2^63: every whole float from its negative up to it, itself left out, is a 64-bit integer.
        const INTEGERS: f64 = 9_223_372_036_854_775_808.0;
        if !float.is_finite() {
            return None;
        }
        if float.fract() == 0.0 && (-INTEGERS..INTEGERS).contains(&float) {
            return Some(Self(Form::Integer(float as i64)));
        }
        Some(Self(Form::Float(float.to_bits())))
    }

    /// A number from decimal digits such as `12`, `-0.1` or `1e30`; `None` where the text is no number.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse::<i64>() {
            return Some(Self(Form::Integer(number)));
        }
        let decimal = Decimal::parse(text)?;
        let float = text.parse::<f64>().ok()?;
        // A float's exact expansion has at most 1074 fractional digits.
        if float.is_finite() && Decimal::parse(&format!("{float:.1074}")).as_ref() == Some(&decimal) {
            return Self::from_f64(float);
        }
        let digits = decimal.to_string();
        Some(Self(digits.parse().map_or(Form::Decimal(digits), Form::Integer)))
    }
}

/// A decimal number, taken apart so that equal numbers have equal parts.
#[derive(PartialEq, Eq)]
struct Decimal {
    negative: bool,
    /// Without zeros at either end; empty for zero.
    digits: String,
    /// The power of ten that the last digit counts.
    power: i64,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
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
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let trimmed = digits.trim_end_matches('0');
        let zeros = i64::try_from(digits.len() - trimmed.len()).ok()?;
        let power = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(zeros)?;
        match trimmed.trim_start_matches('0') {
            "" => Some(Self { negative: false, digits: String::new(), power: 0 }),
            significant => Some(Self { negative, digits: significant.to_owned(), power }),
        }
    }
}

/// Plain digits, and an exponent only where it spares more than a line of zeros.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const ZEROS: usize = 100;
        let Self { negative, digits, power } = self;
        f.write_str(if *negative { "-" } else { "" })?;
        match usize::try_from(power.unsigned_abs()) {
            Ok(zeros) if *power >= 0 && zeros <= ZEROS => write!(f, "{digits}{}", "0".repeat(zeros)),
            Ok(places) if *power < 0 && places <= digits.len() + ZEROS => {
                let zeros = "0".repeat((places + 1).saturating_sub(digits.len()));
                let padded = format!("{zeros}{digits}");
                let (whole, fraction) = padded.split_at(padded.len() - places);
                write!(f, "{whole}.{fraction}")
            }
            _ => write!(f, "{digits}e{power}"),
        }
    }
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
        assert_eq!(Number::parse("0.10"), Number::parse("1e-1"));
        assert_eq!(Number::parse("1e30"), Number::parse("1000000000000000000000000000000"));
        assert_eq!(Number::parse("9223372036854775807.0"), Some(Number::from(i64::MAX)));
        assert_eq!(Number::from_f64(9.21e18), Number::parse("9210000000000000000"));
        assert_eq!(Number::from_f64(-9_223_372_036_854_775_808.0), Some(Number::from(i64::MIN)));
    }

    #[test]
    fn numbers_of_any_size_and_no_others_are_read() {
        for digits in ["1e400", "-25e-500", "0.00123", "-0.1"] {
            assert_eq!(Number::parse(digits).map(|number| number.to_string()).as_deref(), Some(digits));
        }
        let long = format!("0.{}", "3".repeat(100_000));
        assert_eq!(Number::parse(&long).map(|number| number.to_string()), Some(long));
        for text in ["", "-", ".", "e5", "inf", "NaN", "0x10", "1_000", "1e", "1.5e-9223372036854775808"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
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
