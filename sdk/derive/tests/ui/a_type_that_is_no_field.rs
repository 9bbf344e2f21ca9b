use rosa_ecr_model::{Field, Object};

// It lacks `#[derive(Object)]`.
#[derive(Clone, Debug)]
pub struct Size {
    pub bytes: i64,
}

fn attribute<T: Field>() {}
fn object<T: Object>() {}

fn main() {
    attribute::<Size>();
    object::<Size>();
}
