//! Texts of texts, some of which come from other resources.

use crate::diagnostic::decode_error::DecodeError;
use crate::expression::input::Input;
use crate::expression::node::Expression;
use crate::expression::output::Output;
use crate::schema::field::Field;
use crate::value::tree::Value;

/// A text of texts, some of which come from other resources: [`format!`] with [`Output`]s.
///
/// ```
/// # use rosa_ecr_model::{Address, Output, interpolate};
/// # let url: Output<String> = Output::attribute(Address { stack: 1, name: "registry".into() }, "url");
/// let image: Output<String> = interpolate!("{}/tools:{}", url, "v1");
/// ```
#[macro_export]
macro_rules! interpolate {
    ($format:literal $(, $text:expr)* $(,)?) => {
        $crate::Output::<::std::string::String>::of_texts(
            [$($crate::Input::<::std::string::String>::from($text)),*],
            |texts| {
                let mut texts = texts.iter();
                ::std::format!($format $(, {
                    let _ = ::core::stringify!($text);
                    texts.next().map_or("", ::std::string::String::as_str)
                })*)
            },
        )
    };
}

impl Output<String> {
    /// What `function` makes of these texts.
    pub fn of_texts<const N: usize>(
        texts: [Input<String>; N],
        function: impl Fn(&[String]) -> String + Send + Sync + 'static,
    ) -> Self {
        Self::new(Expression::apply(texts.map(Input::into_expression), move |values| {
            let texts = values.iter().map(String::decode).collect::<Result<Vec<_>, DecodeError>>()?;
            Ok(Value::String(function(&texts)))
        }))
    }
}
