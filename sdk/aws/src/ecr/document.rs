//! Documents that belong to a repository and carry no tags: its lifecycle policy and its policy.
//!
//! Who holds one is noted in a tag of the repository, if rosa-ecr has made the repository. On a repository of others no tag is
//! set: there, a document is its holder's as long as it says what the holder has put.

use rosa_ecr_model::{Call, Diagnostic, Diagnostics};

use super::repository::{self, ObservedRepository};
use crate::claims::{self, Mark};
use crate::provider::Aws;
use crate::tags::{self, Tags};

/// A sort of document.
pub(super) struct Document {
    /// What it is.
    pub what: &'static str,
    /// The key of the tag that has its holder's claim.
    pub tag: &'static str,
}

/// The repository of a document, and who holds the document.
pub(super) struct Holder {
    arn: String,
    tags: Tags,
    document: &'static Document,
}

impl Document {
    /// The document as a person reads it.
    pub fn object(&self, repository: &str, region: &str) -> String {
        format!("{} of the {}", self.what, repository::object(repository, region))
    }

    /// Who holds the document of that repository; `None` if there is no such repository.
    pub async fn holder(
        &'static self,
        call: &Call<Aws>,
        region: &str,
        repository: &str,
    ) -> Result<Option<Holder>, Diagnostics> {
        let found = repository::tags_of(call, region, repository).await?;
        Ok(found.map(|(arn, tags)| Holder { arn, tags, document: self }))
    }

    /// Who holds the document of a repository that is at hand.
    pub fn holder_of(&'static self, found: ObservedRepository) -> Holder {
        Holder { arn: found.arn, tags: found.tags, document: self }
    }
}

impl Document {
    /// The claim of the document's holder.
    pub async fn claim(
        &'static self,
        call: &Call<Aws>,
        region: &str,
        repository: &str,
    ) -> Result<Option<String>, Diagnostics> {
        let holder = self.holder(call, region, repository).await?;
        Ok(holder.as_ref().and_then(|holder| holder.claim(call)).map(str::to_owned))
    }

    /// The call of a read, with the holder's claim if the state has none to compare it with yet.
    pub async fn reading(
        &'static self,
        call: &Call<Aws>,
        region: &str,
        repository: &str,
    ) -> Result<Call<Aws>, Diagnostics> {
        if !claims::is_unread(call) {
            return Ok(call.clone());
        }
        let claim = self.claim(call, region, repository).await?;
        Ok(claims::reading(call, Mark { claim: claim.as_deref(), unique: None }))
    }
}

impl Holder {
    /// The claim of the holder. The holder of a whole registry holds its documents, too.
    pub fn claim(&self, call: &Call<Aws>) -> Option<&str> {
        let noted = self.tags.get(self.document.tag).map(String::as_str);
        noted.or_else(|| tags::claim_of(&self.tags).filter(|claim| Some(*claim) == call.claim()))
    }

    /// Notes the claim of the call, where there is a place for it.
    pub async fn note(&self, call: &Call<Aws>, region: &str) -> Result<(), Diagnostics> {
        let (Some(claim), true) = (call.claim(), repository::is_ours(&self.tags)) else { return Ok(()) };
        if self.claim(call) == Some(claim) {
            return Ok(());
        }
        let mut noted = self.tags.clone();
        // A user may have filled the repository's tags: what the document says tells its holder then.
        if noted.insert(self.document.tag.to_owned(), claim.to_owned()).is_none() && noted.len() > tags::MOST_TAGS {
            return Ok(());
        }
        repository::retag(call, region, &self.arn, &self.tags, &noted).await
    }
}

/// What there is of a document for an operation: the text and the holder.
pub(super) struct There<'a> {
    pub text: Option<&'a str>,
    pub holder: Option<&'a Holder>,
}

impl There<'_> {
    fn mark(&self, call: &Call<Aws>) -> Mark<'_> {
        Mark { claim: self.holder.and_then(|holder| holder.claim(call)), unique: None }
    }

    /// That a change may put the document: it is what the state has, or says already what is `wanted`.
    pub fn changes(
        &self,
        call: &Call<Aws>,
        object: &str,
        recorded: Option<&str>,
        says: impl Fn(&str) -> bool,
    ) -> Result<(), Diagnostics> {
        let found = self.mark(call);
        claims::changes(call, object, Mark { claim: recorded, unique: None }, found)?;
        if self.text.is_none_or(says) {
            return Ok(());
        }
        Err(changed_meanwhile(object).into())
    }

    /// Whether a delete may remove the document: it carries the claim of the state or, without any, `says` what the state has.
    pub fn deletes(&self, call: &Call<Aws>, object: &str, recorded: Option<&str>, says: impl Fn(&str) -> bool) -> bool {
        let Some(text) = self.text else { return false };
        let found = self.mark(call);
        if !claims::deletes(call, object, Mark { claim: recorded, unique: None }, found) {
            return false;
        }
        if found.claim.is_some() || says(text) {
            return true;
        }
        call.warn(Diagnostic::warning(format!("The {object} was not deleted")).detail(
            "It says something else than this resource has put, and nothing says who holds it. It stays as it is.",
        ));
        false
    }
}

/// Says that something else has changed what a change was planned for.
pub(super) fn changed_meanwhile(object: &str) -> Diagnostic {
    Diagnostic::error(format!("The {object} was changed meanwhile"))
        .detail(
            "It says neither what the state has nor what is wanted: something else has put it since the plan. It was left as \
             it is.",
        )
        .fix("Plan again: the plan shows the difference.")
}
