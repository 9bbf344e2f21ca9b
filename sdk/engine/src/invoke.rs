//! Actions of a program: done at once, and not part of any stack.

use std::future::Future;
use std::sync::Arc;

use rosa_ecr_model::{
    Action, Args, Call, Configured, Diagnostic, Diagnostics, Progress, Provided, Provider, Value, action,
    configure_provider, conform, provider_block, validate_provider,
};
use tokio_util::sync::CancellationToken;

type ProviderOf<A> = <<A as Action>::Context as Provided>::Provider;

/// Does an action. Implemented by what `build` gives for an action.
///
/// It is done at once and leaves nothing in a state. Its arguments are values: an output of a stack is one when the stack's run is
/// over.
pub trait Invoke: Sized {
    /// The provider whose action it is.
    type Provider: Provider;

    /// Does it with the provider's configuration, and tells `progress` what it does. Gives the warnings.
    ///
    /// # Errors
    /// If a configuration is wrong, and if the action fails.
    fn invoke(
        self,
        provider: Args<Self::Provider>,
        progress: &Progress,
    ) -> impl Future<Output = Result<Diagnostics, Diagnostics>> + Send;
}

impl<A: Action> Invoke for Args<A>
where
    A::Context: Provided,
{
    type Provider = ProviderOf<A>;

    async fn invoke(self, provider: Args<ProviderOf<A>>, progress: &Progress) -> Result<Diagnostics, Diagnostics> {
        let action = action::<A>();
        let config = conform(&action.schema().block, value(self, A::TYPE)?);
        let mut warnings = action.validate(&config).into_result()?;
        let name = <ProviderOf<A> as Provider>::NAME;
        let block = provider_block::<ProviderOf<A>>();
        let provider = conform(&block, value(provider, name)?);
        warnings.extend(validate_provider::<ProviderOf<A>>(&block, &provider).into_result()?);
        let unknown = || Diagnostic::error(format!("The provider \"{name}\" is not configured yet"));
        let context = match configure_provider::<ProviderOf<A>>(&block, &provider).await? {
            Configured::Open(context, unknown) if unknown.is_empty() => context,
            Configured::Open(..) | Configured::Unknown(_) => {
                return Err(unknown().fix("Give its block values, not outputs of a stack.").into());
            }
        };
        let call = Call::new(Arc::new(context), CancellationToken::new());
        let done = action.invoke(&call, &config, progress).await;
        warnings.extend(call.take_warnings());
        done.map(|()| warnings)
    }
}

fn value<R>(args: Args<R>, type_name: &str) -> Result<Value, Diagnostics> {
    let value = args.into_expression().without_resources();
    value.map_err(|error| error.misfit("arguments", type_name).into())
}
