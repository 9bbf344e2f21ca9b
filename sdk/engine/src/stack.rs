//! What a program declares: resources, providers, exports.

use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rosa_ecr_model::{Address, Args, Diagnostic, Diagnostics, Expression, Output, Provider};
use rosa_ecr_state::{Backend, Keys, MemoryBackend, Store};

use crate::error::Result;
use crate::guarded::Guarded;
use crate::in_process::InProcess;
use crate::options::{Component, Options, ProviderHandle, ResolvedOptions};
use crate::panics;
use crate::provider_instance::ProviderInstance;

/// A set of resources that are planned and applied together, and whose state is kept at one place.
pub struct Stack {
    name: String,
    id: u64,
    pub(crate) resources: BTreeMap<String, Declaration>,
    /// What is looked up. No name is in both.
    pub(crate) lookups: BTreeMap<String, Declaration>,
    pub(crate) providers: BTreeMap<String, Configured>,
    pub(crate) exports: BTreeMap<String, Expression>,
    /// What is wrong with the declarations if that cannot be reported at once.
    pub(crate) mistakes: Diagnostics,
    pub(crate) backend: Arc<dyn Backend>,
    keys: Keys,
    component: Option<Component>,
}

/// A resource, or something to look up, as it was declared.
#[derive(Clone)]
pub(crate) struct Declaration {
    pub type_name: String,
    /// The key in [`Stack::providers`].
    pub provider: String,
    pub arguments: Expression,
    pub options: ResolvedOptions,
    pub place: &'static Location<'static>,
}

/// A provider with its block.
#[derive(Clone)]
pub(crate) struct Configured {
    pub instance: Arc<dyn ProviderInstance>,
    pub block: Expression,
}

impl Stack {
    /// An empty stack of that name. Its state is in memory until [`backend`](Self::backend) sets where it is kept.
    pub fn new(name: impl Into<String>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            name: name.into(),
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            resources: BTreeMap::new(),
            lookups: BTreeMap::new(),
            providers: BTreeMap::new(),
            exports: BTreeMap::new(),
            mistakes: Diagnostics::new(),
            backend: Arc::new(MemoryBackend::new()),
            keys: Keys::environment(),
            component: None,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Says where the state is kept.
    #[must_use]
    pub fn backend(mut self, backend: impl Backend + 'static) -> Self {
        self.backend = Arc::new(backend);
        self
    }

    /// The same for a place that is shared or chosen at run time.
    pub fn set_backend(&mut self, backend: Arc<dyn Backend>) {
        self.backend = backend;
    }

    /// Where the state is kept, as a person would write it.
    pub fn location(&self) -> String {
        self.backend.location()
    }

    /// Where the key of the secrets in the state comes from: the passphrase in the environment, unless given.
    #[must_use]
    pub fn keys(mut self, keys: Keys) -> Self {
        self.keys = keys;
        self
    }

    /// The same for keys that are chosen at run time.
    pub fn set_keys(&mut self, keys: Keys) {
        self.keys = keys;
    }

    /// The state of this stack.
    pub fn store(&self) -> Store {
        Store::new(&self.name, self.backend.clone()).with_keys(self.keys.clone())
    }

    /// Declares what a program declares.
    ///
    /// # Errors
    /// Those of the program; a panic of it is one.
    pub fn evaluate(&mut self, program: impl FnOnce(&mut Self) -> Result) -> Result {
        panics::caught(|| program(self)).unwrap_or_else(|panic| {
            Err(panics::diagnostic(&panic, "The program panicked while it declared its stack").into())
        })
    }

    /// Configures a provider for all of its resources that name no other configuration. Without this, a provider's block
    /// is empty, so that it takes everything from its environment.
    pub fn provider<P: Provider>(&mut self, block: Args<P>) {
        let host = Arc::new(InProcess::<P>::new());
        self.provider_instance(P::NAME, host, block.into_expression());
    }

    /// One more configuration of a provider, such as another account, for resources with
    /// [`Options::provider`]. The state remembers it as `{provider}.{name}`.
    pub fn provider_named<P: Provider>(&mut self, name: &str, block: Args<P>) -> ProviderHandle {
        let key = format!("{}.{name}", P::NAME);
        self.provider_instance(&key, Arc::new(InProcess::<P>::new()), block.into_expression());
        ProviderHandle(key)
    }

    /// Makes a provider known that may have nothing to do but to delete what an earlier version of the program declared.
    pub fn provides<P: Provider>(&mut self) {
        if !self.providers.contains_key(P::NAME) {
            self.provider_instance(P::NAME, Arc::new(InProcess::<P>::new()), Expression::object::<String>([]));
        }
    }

    /// Makes any provider known by that name, for instance one in another process.
    pub fn provider_instance(
        &mut self,
        name: &str,
        instance: Arc<dyn ProviderInstance>,
        block: Expression,
    ) -> ProviderHandle {
        let instance = Arc::new(Guarded::new(name, instance));
        self.providers.insert(name.to_owned(), Configured { instance, block });
        ProviderHandle(name.to_owned())
    }

    /// A component of that name: give it to [`Options::parent`], or declare its parts [`within`](Self::within) it.
    ///
    /// # Errors
    /// Where the name cannot be one.
    pub fn component(&mut self, name: &str) -> Result<Component> {
        self.component_with(name, &Options::new())
    }

    /// The same with options, which hold for everything that is declared in it: see [`Options`]. Its parts are known by its
    /// earlier names, too.
    ///
    /// # Errors
    /// Where the name cannot be one.
    pub fn component_with(&mut self, name: &str, options: &Options) -> Result<Component> {
        let parent = options.parent.as_ref().or(self.component.as_ref());
        let mut aliases = options.aliases.clone();
        aliases.extend(parent.into_iter().flat_map(|parent| parent.aliases_of(name)));
        let of_parts = options.for_parts(parent.map(|parent| &*parent.options));
        let name = self.full_name(name, parent)?;
        Ok(Component { address: Address { stack: self.id, name: name.into() }, aliases, options: of_parts.into() })
    }

    /// Declares what `parts` declares as parts of the component.
    ///
    /// # Errors
    /// Those of `parts`.
    pub fn within<T>(&mut self, component: &Component, parts: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let outer = self.component.replace(component.clone());
        let result = parts(self);
        self.component = outer;
        result
    }

    /// Declares a resource by its type name, with untyped arguments: an object. See `Declare` for typed ones.
    ///
    /// # Errors
    /// Where the stack has a resource of that name already, or the name cannot be one.
    #[track_caller]
    pub fn declare(
        &mut self,
        name: &str,
        type_name: &str,
        provider: &ProviderHandle,
        arguments: Expression,
        options: Options,
    ) -> Result<Address> {
        let (address, declaration) = self.declaration(name, type_name, provider, arguments, options)?;
        self.resources.insert(address.name.to_string(), declaration);
        Ok(address)
    }

    /// Looks up what is there by the type name of a data source, with untyped arguments: an object. See `LookUp` for typed
    /// ones.
    ///
    /// # Errors
    /// Where the stack has that name already, the name cannot be one, or options are set that are for resources alone.
    #[track_caller]
    pub fn look_up(
        &mut self,
        name: &str,
        type_name: &str,
        provider: &ProviderHandle,
        arguments: Expression,
        options: Options,
    ) -> Result<Address> {
        // The options of a component for the resources in it are no options of what is looked up in it.
        let alone = options.of_resources_alone();
        let (address, declaration) = self.declaration(name, type_name, provider, arguments, options)?;
        if let [option, ..] = alone[..] {
            return Err(Diagnostic::error(format!("`{option}` has no meaning for \"{}\"", address.name))
                .detail(format!("It is only looked up, at {}, and nothing is done to it.", declaration.place))
                .fix("Remove the option.")
                .into());
        }
        self.lookups.insert(address.name.to_string(), declaration);
        Ok(address)
    }

    #[track_caller]
    fn declaration(
        &self,
        name: &str,
        type_name: &str,
        provider: &ProviderHandle,
        arguments: Expression,
        mut options: Options,
    ) -> Result<(Address, Declaration)> {
        let place = Location::caller();
        if options.parent.is_none() {
            options.parent = self.component.clone();
        }
        let inherited = options.parent.iter().flat_map(|parent| parent.aliases_of(name));
        options.aliases.extend(inherited.collect::<Vec<_>>());
        let name = self.full_name(name, options.parent.as_ref())?;
        if let Some(earlier) = self.resources.get(&name).or_else(|| self.lookups.get(&name)) {
            return Err(Diagnostic::error(format!("There are two of the name \"{name}\""))
                .detail(format!("One is declared at {}, another one at {place}.", earlier.place))
                .fix("Give one of them another name.")
                .into());
        }
        let component = options.parent.as_ref().map(|parent| parent.options.clone());
        let fits = |other: &ProviderHandle| self.stands_for(other, provider, type_name);
        let (options, chosen) = options.resolved(component.as_deref(), fits);
        let provider = chosen.as_ref().unwrap_or(provider).0.clone();
        let declaration = Declaration { type_name: type_name.to_owned(), provider, arguments, options, place };
        Ok((Address { stack: self.id, name: name.into() }, declaration))
    }

    /// Whether `other`, a component's, is what its part of that type uses instead of `provider`: another configuration of the
    /// same provider, where the part leaves open which one it means.
    fn stands_for(&self, other: &ProviderHandle, provider: &ProviderHandle, type_name: &str) -> bool {
        let which =
            |handle: &ProviderHandle| self.providers.get(&handle.0).map(|configured| configured.instance.provider());
        let of_type = type_name.split('_').next() == Some(&provider.0);
        match (which(provider), which(other)) {
            (Some(one), Some(another)) => (of_type || one == provider.0) && one == another,
            (Some(_), None) => of_type && other.0.split('.').next() == Some(&provider.0),
            (None, _) => of_type,
        }
    }

    /// Everything that is declared, resources and what is looked up.
    pub(crate) fn declarations(&self) -> impl Iterator<Item = (&String, &Declaration)> {
        self.resources.iter().chain(&self.lookups)
    }

    /// Makes a value an output of the stack: it is shown after `up`, and kept in the state. Runs refuse two of one name.
    #[track_caller]
    pub fn export<T>(&mut self, name: &str, value: Output<T>) {
        if self.exports.insert(name.to_owned(), value.into_expression()).is_some() {
            self.mistakes.push(
                Diagnostic::error(format!("There are two outputs of the name \"{name}\""))
                    .detail(format!("The second one is exported at {}.", Location::caller()))
                    .fix("Give one of them another name."),
            );
        }
    }

    /// The number by which expressions know the stack.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    fn full_name(&self, name: &str, parent: Option<&Component>) -> Result<String> {
        let fits = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\']);
        if !fits || name.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(Diagnostic::error(format!("{name:?} cannot be a name"))
                .detail("A name is not empty, does not start with a dot, and has no slashes and no white space.")
                .fix("Choose another name.")
                .into());
        }
        Ok(parent.map_or_else(|| name.to_owned(), |parent| format!("{}/{name}", parent.address.name)))
    }
}

/// Without values: they may be secret.
impl std::fmt::Debug for Stack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stack")
            .field("name", &self.name)
            .field("resources", &self.resources.keys().collect::<Vec<_>>())
            .field("lookups", &self.lookups.keys().collect::<Vec<_>>())
            .field("providers", &self.providers.keys().collect::<Vec<_>>())
            .field("exports", &self.exports.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
