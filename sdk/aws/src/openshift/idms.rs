//! `rosa_ecr_idms`: a file that tells a cluster to pull through the registry.
//!
//! It calls nothing and needs no permission: it writes a file beside the configuration. On Classic that is an
//! `ImageDigestMirrorSet` for `oc apply`; on HCP, where the API server refuses such objects, it is a list of
//! `rosa create image-mirror` commands. Nothing forces replacement.
//!
//! The first line of the file says whose it is. A file without such a line, or with another registry's, is left alone.

mod listing;

use std::io::ErrorKind;
use std::path::Path as FilePath;

use rosa_ecr_derive::{Inputs, Object, Outputs};
use rosa_ecr_model::{
    Call, Change, Diagnostic, Diagnostics, Failure, IdentityAttribute, Known, Page, RealObject, Resource, State,
    Violation,
};
use tokio::fs;

pub use listing::IdmsQuery;

use super::mirrors::{self, HCP, Mirrors, check_path, check_source, refused_sources};
use super::platform::{default_mirrors_on, no_mirrors, resolved_mirrors, shadowing};
use crate::provider::Aws;
use crate::{claims, page, rules};

/// The name of the `ImageDigestMirrorSet` where the user gives none.
pub(crate) fn default_name() -> String {
    "rosa-ecr-mirrors".to_owned()
}

/// An image mirror configuration, as a file and as outputs.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Idms {
    /// Host of the registry that holds the mirrors, such as the `registry_url` of a repository.
    #[attr(check(registry_host))]
    pub registry_url: String,
    /// Source repositories, each with the path of its mirror below the registry. Required on `hcp`. Without it, on Classic,
    /// the sources that the usual Red Hat operators come from: below `registry.redhat.io`, each mirrored to the path of its
    /// own name, `cert-manager`, `openshift-gitops-1`, `openshift-logging`, `openshift-pipelines`, `openshift-serverless-1`,
    /// `openshift-service-mesh`, `openshift4`, `redhat`, `rhel8`, `rhel9`, `ubi8` and `ubi9`.
    #[attr(computed, keys(check_source), each(check_path))]
    pub mirrors: Option<Mirrors>,
    /// Name of the `ImageDigestMirrorSet`.
    #[attr(default_with = default_name, check(object_name))]
    pub name: String,
    /// Where the file is written, relative to the working directory.
    #[attr(default = "outputs/idms-config.yaml", check(file_path))]
    pub output_path: String,
    /// `classic` or `hcp`: what the file holds, and which sources are refused. Without it, as on Classic.
    #[attr(one_of("classic", "hcp"))]
    pub platform: Option<String>,
    /// Name of the cluster, for the commands of `hcp`.
    #[attr(check(rules::cluster_name))]
    pub cluster_name: Option<String>,
}

/// What an image mirror configuration says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct IdmsOutputs {
    /// The path of the file.
    pub id: String,
    /// The text of the file.
    pub content: String,
    /// The mirrors, as the rhcs provider's image mirror resource takes them.
    #[attr(nested)]
    pub image_mirrors: Vec<ImageMirror>,
}

/// A source and where its images are mirrored.
#[derive(Clone, Debug, PartialEq, Object)]
pub struct ImageMirror {
    /// The source repository.
    pub source: String,
    /// Its mirrors.
    pub mirrors: Vec<String>,
}

impl Idms {
    /// The first line of the file: whose it is.
    fn mark(&self) -> String {
        let cluster = self.cluster_name.as_ref().map_or(String::new(), |name| format!(" for the cluster {name}"));
        format!("# Written by rosa-ecr{cluster}: mirrors of {}.", self.registry_url)
    }

    /// The text of the file.
    pub(crate) fn content(&self) -> String {
        let (how, body) = match (self.platform.as_deref(), &self.cluster_name) {
            (Some(HCP), cluster) => {
                let cluster = cluster.as_deref().unwrap_or("$CLUSTER");
                (
                    "Run it with a shell that is logged in with `rosa login`.",
                    mirrors::commands(cluster, &self.registry_url, &self.mirrors()),
                )
            }
            _ => (
                "Apply it with `oc apply -f`. Nodes restart one by one while it is rolled out.",
                mirrors::manifest(&self.name, &self.registry_url, &self.mirrors()),
            ),
        };
        format!("{}\n# {how}\n{body}", self.mark())
    }

    /// The mirrors, named or not.
    fn mirrors(&self) -> Mirrors {
        self.mirrors.clone().unwrap_or_else(|| default_mirrors_on(self.platform.as_deref()))
    }

    /// The inputs, completed with what is not set.
    pub(crate) fn completed(self) -> Self {
        Self { mirrors: Some(self.mirrors()), ..self }
    }

    /// The mirrors as a list.
    pub(crate) fn image_mirrors(&self) -> Vec<ImageMirror> {
        let mirror = |(source, path): (&String, &String)| ImageMirror {
            source: source.clone(),
            mirrors: vec![mirrors::mirror(&self.registry_url, path)],
        };
        self.mirrors().iter().map(mirror).collect()
    }

    /// The state of a file that is as it should be.
    pub(crate) fn state(self) -> State<Self> {
        State { outputs: self.outputs(), inputs: self.completed() }
    }

    fn outputs(&self) -> IdmsOutputs {
        IdmsOutputs { id: self.output_path.clone(), content: self.content(), image_mirrors: self.image_mirrors() }
    }

    /// The inputs that the file at that path says; `None` where there is no such file, or none that inputs could write.
    pub(crate) async fn parse(path: &str) -> Option<Self> {
        let parsed = mirrors::parse(&fs::read_to_string(path).await.ok()?)?;
        Some(Self {
            registry_url: parsed.registry_url,
            mirrors: Some(parsed.mirrors),
            name: parsed.name.unwrap_or_else(|| DEFAULT_NAME.to_owned()),
            output_path: path.to_owned(),
            platform: parsed.is_commands.then(|| HCP.to_owned()),
            cluster_name: parsed.cluster,
        })
    }

    /// Why the file must not be written; `None` where there is none, or where it is ours.
    pub(crate) async fn conflict(&self) -> Option<Diagnostic> {
        let bytes = match fs::read(&self.output_path).await {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            Err(error) => {
                return Some(
                    Diagnostic::error(format!("The file {} cannot be read", self.output_path))
                        .detail(format!("It would be overwritten, and may belong to something else: {error}."))
                        .fix("Make it readable, remove it, or choose another path."),
                );
            }
        };
        // What is no text is nobody's that writes such files.
        let text = String::from_utf8_lossy(&bytes);
        if text.is_empty() || text.lines().next() == Some(&self.mark()) {
            return None;
        }
        let whose = match text.lines().next() {
            Some(line) if line.starts_with("# Written by rosa-ecr") => format!("It says: \"{line}\""),
            _ => "Its first line does not say that rosa-ecr wrote it.".to_owned(),
        };
        Some(
            Diagnostic::error(format!("The file {} is not this registry's", self.output_path))
                .detail(format!("It exists and would be overwritten. {whose}"))
                .fix("Choose another path, or remove the file."),
        )
    }
}

impl Resource for Idms {
    const TYPE: &'static str = "rosa_ecr_idms";
    const PAGE: Page = page::mirroring(&["have the cluster pull operators from my own registry"]);
    const IDENTITY: &'static [IdentityAttribute] =
        &[IdentityAttribute { name: "output_path", description: "Path of the file.", required: true }];
    type Outputs = IdmsOutputs;
    type Context = Aws;
    type Facts = ();

    fn objects(inputs: &Self::Partial, _: &Aws) -> Vec<RealObject> {
        inputs.output_path.now().map(|path| RealObject::new(object(path))).into_iter().collect()
    }

    fn resolve(_: Option<&Aws>, config: &Self::Partial, inputs: &mut Self::Partial) {
        inputs.mirrors = resolved_mirrors(&config.mirrors, &inputs.platform);
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        if let (Known::Now(platform), Known::Now(Some(mirrors))) = (&inputs.platform, &inputs.mirrors) {
            report.extend(refused_sources(platform.as_deref(), mirrors, "mirrors"));
            report.extend(shadowing(platform.as_deref(), mirrors, "mirrors"));
            report.extend(no_mirrors(platform.as_deref(), mirrors, "mirrors"));
        }
        if let (Known::Now(Some(platform)), Known::Now(None)) = (&inputs.platform, &inputs.cluster_name)
            && platform == HCP
        {
            report.push(
                Diagnostic::error("Commands without a cluster")
                    .detail(
                        "platform is \"hcp\", whose mirrors are commands for a cluster, and cluster_name is not set.",
                    )
                    .fix("Set cluster_name.")
                    .at("cluster_name"),
            );
        }
    }

    fn plan((): &(), change: &mut Change<Self>, _: &mut Diagnostics) {
        if let Ok(inputs) = <Self as rosa_ecr_model::Attributes>::complete(change.inputs.clone()) {
            let outputs = inputs.outputs();
            change.outputs.id = Known::Now(outputs.id);
            change.outputs.content = Known::Now(outputs.content);
            change.outputs.image_mirrors = Known::Now(outputs.image_mirrors);
        } else {
            change.outputs = Default::default();
        }
    }

    async fn create(_: &Call<Aws>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        if let Some(conflict) = inputs.conflict().await {
            return Err(conflict.at("output_path").into());
        }
        write(&inputs).await?;
        Ok(inputs.state())
    }

    async fn read(_: &Call<Aws>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        match fs::read_to_string(&state.inputs.output_path).await {
            Ok(content) => Ok(Some(State { outputs: IdmsOutputs { content, ..state.outputs }, ..state })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io_error("read", &state.inputs.output_path, &error).into()),
        }
    }

    async fn update(call: &Call<Aws>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        if prior.inputs.output_path == inputs.output_path {
            write(&inputs).await?;
            return Ok(inputs.state());
        }
        let state = Self::create(call, inputs).await?;
        match Self::delete(call, prior).await {
            Ok(()) => Ok(state),
            Err(failure) => Err(Failure::with_state(state, failure.diagnostics)),
        }
    }

    async fn delete(call: &Call<Aws>, state: State<Self>) -> Result<(), Failure<Self>> {
        let path = &state.inputs.output_path;
        if call.claims().is_held_by_another(&object(path), call.claim()) {
            call.warn(claims::kept(&object(path)));
            return Ok(());
        }
        if let Some(conflict) = state.inputs.conflict().await {
            call.warn(Diagnostic::warning(format!("The file {path} was left alone")).detail(conflict.detail));
            return Ok(());
        }
        match fs::remove_file(path).await {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(io_error("remove", path, &error).into()),
            _ => Ok(()),
        }
    }

    async fn import(call: &Call<Aws>, id: &str) -> Result<State<Self>, Diagnostics> {
        if let Err(error) = fs::metadata(id).await {
            return Err(io_error("read", id, &error).into());
        }
        let inputs = Self::parse(id).await.ok_or_else(|| {
            Diagnostic::error(format!("The file {id} holds no image mirrors"))
                .detail(
                    "It is to hold an ImageDigestMirrorSet, or `rosa create image-mirror` commands, with one mirror a source \
                     and all mirrors in one registry.",
                )
                .fix("Leave the import out, and give the resource another output_path.")
        })?;
        let read = Self::read(call, inputs.state()).await?;
        read.ok_or_else(|| Diagnostic::error(format!("The file {id} is gone")).into())
    }

    async fn probe(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        if inputs.conflict().await.is_some() {
            return Ok(None);
        }
        Self::read(call, inputs.state()).await
    }
}

/// The file as a person reads it.
fn object(path: &str) -> String {
    format!("image mirror file {path}")
}

/// The name of a manifest where none is given.
const DEFAULT_NAME: &str = "rosa-ecr-mirrors";

/// Writes the file whole or not at all.
async fn write(inputs: &Idms) -> Result<(), Diagnostics> {
    let path = FilePath::new(&inputs.output_path);
    let temporary = path.with_added_extension("rosa-ecr-tmp");
    let written = async {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).await?;
        }
        fs::write(&temporary, inputs.content()).await?;
        fs::rename(&temporary, path).await
    };
    written.await.map_err(|error| io_error("write", &inputs.output_path, &error).into())
}

fn io_error(doing: &str, path: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(format!("Cannot {doing} the file {path}"))
        .detail(error.to_string())
        .fix("Check the path and its permissions; a relative path starts at the working directory.")
}

/// The rule for the host of a registry.
pub(crate) fn registry_host(host: &str) -> Result<(), Violation> {
    let rule = "It must be a registry's host, such as \"123456789012.dkr.ecr.us-east-1.amazonaws.com\".";
    if host.contains('/') {
        return Err(
            Violation::rule(rule).fix("Give the host only: the registry_url of a repository, not its repository_url.")
        );
    }
    let fits = host.contains('.') && host.chars().all(|c| c.is_ascii_alphanumeric() || ".:-".contains(c));
    if fits { Ok(()) } else { Err(Violation::rule(rule)) }
}

/// Source: Kubernetes documentation, "Object Names and IDs", DNS subdomain names.
fn object_name(name: &str) -> Result<(), Violation> {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let fits = name.len() <= 253
        && name.starts_with(edge)
        && name.ends_with(edge)
        && name.chars().all(|c| edge(c) || c == '-' || c == '.');
    if fits { Ok(()) } else { Err(Violation::rule("It must be a name of lowercase letters, digits, '-' and '.'.")) }
}

/// The rule for the path of the file.
pub(crate) fn file_path(path: &str) -> Result<(), Violation> {
    if path.is_empty() || path.ends_with('/') {
        return Err(
            Violation::rule("It must be the path of a file.").fix("Write it like \"outputs/idms-config.yaml\".")
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests;
