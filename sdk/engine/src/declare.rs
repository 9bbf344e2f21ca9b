//! From arguments to handles.

use rosa_ecr_model::{Args, DataSource, DeclaredInputs, DeclaredOutputs, Provided, Provider, Resource};

use crate::error::Result;
use crate::options::Options;
use crate::options::ProviderHandle;
use crate::stack::Stack;

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

/// What looking up a data source of type `D` gives: like [`Handles`], but of something that is not managed.
pub type Found<D> = <<D as DataSource>::Outputs as DeclaredOutputs>::Handles<<D as DeclaredInputs>::Handles>;

/// Looks up what is there already, and not managed by the stack. Implemented by what `build` gives for a data source.
///
/// It is read during the plan where that can be: its arguments are known, and nothing that it depends on is going to
/// change. Else it is read during `up`, behind what it depends on. What is found is in no state: every run reads again.
pub trait LookUp: Sized {
    /// What others refer to what is found by.
    type Handles;

    /// Looks it up under a name that the stack does not have yet.
    ///
    /// # Errors
    /// Where the stack has that name already, or it cannot be one.
    #[track_caller]
    fn look_up(self, stack: &mut Stack, name: &str) -> Result<Self::Handles> {
        self.look_up_with(stack, name, Options::new())
    }

    /// The same with options: [`depends_on`](Options::depends_on), [`parent`](Options::parent) and
    /// [`provider`](Options::provider).
    ///
    /// # Errors
    /// Those of [`look_up`](Self::look_up), and where other options are set.
    #[track_caller]
    fn look_up_with(self, stack: &mut Stack, name: &str, options: Options) -> Result<Self::Handles>;
}

impl<D: DataSource> LookUp for Args<D>
where
    D::Context: Provided,
{
    type Handles = Found<D>;

    #[track_caller]
    fn look_up_with(self, stack: &mut Stack, name: &str, options: Options) -> Result<Found<D>> {
        type ProviderOf<D> = <<D as DataSource>::Context as Provided>::Provider;
        stack.provides::<ProviderOf<D>>();
        let provider = ProviderHandle(ProviderOf::<D>::NAME.to_owned());
        let address = stack.look_up(name, D::TYPE, &provider, self.into_expression(), options)?;
        let inputs = <D as DeclaredInputs>::handles(&address);
        Ok(<D::Outputs as DeclaredOutputs>::handles(&address, inputs))
    }
}
