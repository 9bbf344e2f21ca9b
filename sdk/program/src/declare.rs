//! From arguments to handles.

use rosa_ecr_model::{Args, DeclaredInputs, DeclaredOutputs, Provided, Provider, Resource};

use crate::stack::ProviderHandle;
use crate::{Options, Result, Stack};

/// What declaring a resource of type `R` gives: its outputs, each an [`Output`](rosa_ecr_model::Output) under its name,
/// and its inputs as the field `inputs`.
pub type Handles<R> = <<R as Resource>::Outputs as DeclaredOutputs>::Handles<<R as DeclaredInputs>::Handles>;

/// Declares resources in a stack. Implemented by what `build` gives.
pub trait Declare: Sized {
    /// What others refer to the resource by.
    type Handles;

    /// Declares it under a name that the stack does not have yet.
    ///
    /// # Errors
    /// Where the stack has a resource of that name already, or the name cannot be one.
    #[track_caller]
    fn declare(self, stack: &mut Stack, name: &str) -> Result<Self::Handles> {
        self.declare_with(stack, name, Options::new())
    }

    /// The same with options.
    ///
    /// # Errors
    /// Those of [`declare`](Self::declare).
    #[track_caller]
    fn declare_with(self, stack: &mut Stack, name: &str, options: Options) -> Result<Self::Handles>;
}

impl<R: Resource> Declare for Args<R>
where
    R::Context: Provided,
{
    type Handles = Handles<R>;

    #[track_caller]
    fn declare_with(self, stack: &mut Stack, name: &str, options: Options) -> Result<Handles<R>> {
        type ProviderOf<R> = <<R as Resource>::Context as Provided>::Provider;
        stack.provides::<ProviderOf<R>>();
        let provider = ProviderHandle(ProviderOf::<R>::NAME.to_owned());
        let address = stack.declare(name, R::TYPE, &provider, self.into_expression(), options)?;
        let inputs = <R as DeclaredInputs>::handles(&address);
        Ok(<R::Outputs as DeclaredOutputs>::handles(&address, inputs))
    }
}
