//! A value that may not be there yet.

/// A field of an input or output struct while planning: there, or only after apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Known<T> {
    /// It is known now.
    Now(T),
    /// It will be known after apply.
    #[default]
    Later,
}

impl<T> Known<T> {
    /// The value, if it is known.
    pub fn now(&self) -> Option<&T> {
        match self {
            Self::Now(value) => Some(value),
            Self::Later => None,
        }
    }

    /// Whether it is known.
    pub fn is_now(&self) -> bool {
        matches!(self, Self::Now(_))
    }

    /// What follows from the value, known where the value is.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Now(value) => Known::Now(f(value)),
            Self::Later => Known::Later,
        }
    }

    /// What follows from the value and may itself be unknown.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Known<U>) -> Known<U> {
        match self {
            Self::Now(value) => f(value),
            Self::Later => Known::Later,
        }
    }

    /// Both, known where both are.
    pub fn zip<U>(self, other: Known<U>) -> Known<(T, U)> {
        match (self, other) {
            (Self::Now(one), Known::Now(two)) => Known::Now((one, two)),
            _ => Known::Later,
        }
    }

    /// A reference to the value.
    pub fn as_ref(&self) -> Known<&T> {
        match self {
            Self::Now(value) => Known::Now(value),
            Self::Later => Known::Later,
        }
    }
}

impl<T> From<Option<T>> for Known<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Later, Self::Now)
    }
}
