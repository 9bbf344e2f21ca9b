//! What a setting of the account's registry is to the rules that all of them share.

use std::future::Future;

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Call, Diagnostic, Diagnostics, Field, IdentityAttribute, Known, MoveSource, Resource, State, Value, Violation,
};
use sha2::{Digest as _, Sha256};

use crate::provider::Aws;
use crate::{claims, move_source};

/// The account in the identity of a setting.
pub(super) const ACCOUNT_IDENTITY: IdentityAttribute =
    IdentityAttribute { name: "registry_id", description: "Account that the registry belongs to.", required: true };

/// What a setting of the account's registry says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct RegistrySettingOutputs {
    /// What it is imported by: the account, and for an account setting `/` and its name.
    pub id: String,
    /// The account that the registry belongs to.
    pub registry_id: String,
    /// SHA-256 of what this resource has put, however it is written. What has another one was put by something else since, and a
    /// destroy leaves it as it is.
    pub digest: Option<String>,
    /// The claim of this resource on the setting. If another resource has taken the setting over in the same run, this one lets go
    /// of it.
    pub claim: Option<String>,
}

/// What the account's registry has of one type of setting.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct RegistrySettingQuery {
    /// Region of the registry; the provider's if it is not set.
    pub region: Option<String>,
}

/// What the plan of a setting has to know.
#[derive(Debug, Default)]
pub struct RegistrySettingFacts {
    pub(super) account: Option<String>,
    /// What a create would replace.
    pub(super) found: Option<Found>,
}

/// What is there already, and was put by something else than AWS.
#[derive(Debug)]
pub(super) struct Found {
    /// The setting as a person reads it.
    pub object: String,
    /// What it says, as `replaced` has it.
    pub text: String,
    /// Whether it says what is wanted; `None` if that is not known yet.
    pub is_wanted: Option<bool>,
    /// Whether it says what `replaced` says; `None` if that says nothing.
    pub is_kept: Option<bool>,
    /// What to import it by.
    pub import_id: String,
    /// How to say that the resource was renamed.
    pub renaming: String,
}

/// Where a setting is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub region: &'a str,
    /// Of an account setting; others have none.
    pub name: &'a str,
}

/// The inputs that all settings have: as they are, or as far as a plan knows them.
pub(super) struct Fields<'a, T, B> {
    pub region: &'a mut T,
    pub adopt_existing: &'a mut B,
    pub replaced: &'a mut T,
}

/// What a setting says.
pub(super) trait Content: Clone + PartialEq + Send + Sync {
    /// As `replaced` has it.
    fn text(&self) -> String;

    /// From what `replaced` has; `None` if it does not fit.
    fn of_text(text: &str) -> Option<Self>;

    /// The same for all that is equal.
    fn meaning(&self) -> String {
        self.text()
    }

    /// What tells it from other contents.
    fn digest(&self) -> String {
        Sha256::digest(self.meaning()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A value as JSON, with our names.
pub(super) fn to_json(content: &impl Field) -> String {
    content.encode().to_json().to_string()
}

/// The same back.
pub(super) fn from_json<F: Field>(text: &str) -> Option<F> {
    let json = serde_json::from_str(text).ok()?;
    F::decode(&Value::from_json(&json, &F::ty()).ok()?).ok()
}

/// The rule for `replaced`.
///
/// # Errors
/// If it is no such content.
pub(super) fn check_replaced<C: Content>(text: &str) -> Result<(), Violation> {
    match C::of_text(text) {
        Some(_) => Ok(()),
        None => Err(Violation::rule("It must be what the setting was before, as an earlier plan or state has it.")),
    }
}

/// A setting that the account's registry has once in a region, or once by its name.
pub(super) trait Setting:
    Resource<Context = Aws, Outputs = RegistrySettingOutputs, Facts = RegistrySettingFacts>
{
    /// What it says.
    type Content: Content;

    /// What it is.
    const WHAT: &'static str;

    /// The argument that has what it says.
    const ARGUMENT: &'static str;

    /// The inputs that all settings have.
    fn fields(&mut self) -> Fields<'_, Option<String>, bool>;

    /// The same in a plan.
    fn planned_fields(inputs: &mut Self::Partial) -> Fields<'_, Known<Option<String>>, Known<bool>>;

    /// The name of an account setting.
    fn name(&self) -> &str {
        ""
    }

    /// The same in a plan.
    fn planned_name(inputs: &Self::Partial) -> Known<String> {
        let _ = inputs;
        Known::Now(String::new())
    }

    /// What the inputs say.
    fn content(&self) -> Self::Content;

    /// The same in a plan.
    fn planned_content(inputs: &Self::Partial) -> Known<Self::Content>;

    /// The same inputs with other content.
    #[must_use]
    fn saying(self, content: Self::Content) -> Self;

    /// Inputs of the setting of that name, with this content and nothing else set.
    fn of(name: &str, content: Self::Content) -> Self;

    /// What AWS has if nothing is set; `None` if there is nothing then.
    fn original(name: &str) -> Option<Self::Content>;

    /// Says that AWS no longer takes what it has had; `None` if it does.
    fn not_taken_back(place: Place<'_>, before: &Self::Content) -> Option<Diagnostic> {
        let _ = (place, before);
        None
    }

    /// What is there; `None` if there is nothing.
    fn get(
        call: &Call<Aws>,
        place: Place<'_>,
    ) -> impl Future<Output = Result<Option<Self::Content>, Diagnostics>> + Send;

    /// Puts it there; `None` removes what is there.
    fn put(
        call: &Call<Aws>,
        place: Place<'_>,
        content: Option<&Self::Content>,
    ) -> impl Future<Output = Result<(), Diagnostics>> + Send;

    /// The setting as a person reads it, and as a run tells it from others.
    fn object(place: Place<'_>) -> String {
        let name = if place.name.is_empty() { String::new() } else { format!(" {}", place.name) };
        format!("{}{name} of the account's ECR registry in {}", Self::WHAT, place.region)
    }

    /// The id of the setting of an account.
    fn id(account: &str, name: &str) -> String {
        if name.is_empty() { account.to_owned() } else { format!("{account}/{name}") }
    }
}

/// The state of a setting that another provider has had so far. The first read says what is there, and whose it is if the state does
/// not say so.
pub(super) fn moved<S: Setting>(mut inputs: S, source: &MoveSource<'_>) -> State<S> {
    let registry_id = source.text("registry_id").unwrap_or_default();
    *inputs.fields().region = move_source::region(source);
    let outputs = RegistrySettingOutputs {
        id: S::id(registry_id, inputs.name()),
        registry_id: registry_id.to_owned(),
        digest: None,
        claim: claims::unread(),
    };
    State { inputs, outputs }
}

/// What is the same in `impl Resource` of all settings: what [`operations`](super::operations) does.
macro_rules! resource_operations {
    () => {
        const COEXISTS: bool = false;
        type Outputs = RegistrySettingOutputs;
        type Context = Aws;
        type Facts = RegistrySettingFacts;

        fn timeouts(&self) -> Option<&Timeouts> {
            self.timeouts.as_ref()
        }

        fn resolve(context: Option<&Aws>, config: &Self::Partial, inputs: &mut Self::Partial) {
            inputs.region = region::resolve(context, &config.region, &inputs.region);
        }

        fn objects(inputs: &Self::Partial, context: &Aws) -> Vec<RealObject> {
            operations::objects::<Self>(inputs, context)
        }

        fn claim(state: &State<Self>) -> Option<&str> {
            state.outputs.claim.as_deref()
        }

        async fn verify(call: &Call<Aws>, state: &State<Self>) -> Result<(), Diagnostics> {
            claims::same_account(call, Some(&state.outputs.registry_id)).await
        }

        async fn survey(call: &Call<Aws>, intent: Intent<'_, Self>) -> Result<RegistrySettingFacts, Diagnostics> {
            operations::survey(call, intent).await
        }

        async fn create(call: &Call<Aws>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
            operations::create(call, inputs).await
        }

        async fn read(call: &Call<Aws>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
            operations::read(call, state).await
        }

        async fn update(call: &Call<Aws>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
            operations::update(call, prior, inputs).await
        }

        async fn delete(call: &Call<Aws>, state: State<Self>) -> Result<(), Failure<Self>> {
            operations::delete(call, state).await
        }

        async fn probe(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
            operations::probe(call, inputs).await
        }
    };
}

/// What is the same in `impl Setting` of all settings: where the inputs are that all of them have.
macro_rules! common_fields {
    () => {
        fn fields(&mut self) -> Fields<'_, Option<String>, bool> {
            let Self { region, adopt_existing, replaced, .. } = self;
            Fields { region, adopt_existing, replaced }
        }

        fn planned_fields(inputs: &mut Self::Partial) -> Fields<'_, Known<Option<String>>, Known<bool>> {
            Fields {
                region: &mut inputs.region,
                adopt_existing: &mut inputs.adopt_existing,
                replaced: &mut inputs.replaced,
            }
        }
    };
}

pub(super) use {common_fields, resource_operations};
