//! An AWS in memory for tests in process: ECR, and what the provider needs of EC2, IAM and STS.
//!
//! ```text
//! SDK client -> Process (faults, latency, log) -> request -> ecr | ec2 (groups, endpoints) | iam -> answer
//! ```
//!
//! Every object has an identity of its own ([`Uid`]), which a later object of the same name does not share; the cloud notes
//! which of them were made, written to and deleted. A [`Process`] is one client of it, which can be refused, lose answers, or
//! be killed at any of its writes. Nothing waits for real time, so that thousands of runs fit into a minute: latency is
//! [`tokio::time::sleep`], for runtimes whose clock is paused.
//!
//! What it answers is what the API references say, as far as the provider asks. An action or filter that it does not have is
//! a panic that names it.

mod account;
mod client;
mod ec2;
mod ecr;
mod endpoints;
mod filters;
mod groups;
mod iam;
mod record;
mod request;
mod roles;
#[cfg(test)]
mod tests;
mod xml;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use account::Account;
pub use account::{ACCOUNT, OIDC_PROVIDER, REGION, SUBNETS, Uid, VPC};
pub use client::{Fault, Process};
pub use record::Record;

/// An account in one region. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Cloud {
    account: Arc<Mutex<Account>>,
}

impl Cloud {
    /// An account with a VPC and nothing else.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another client, whose calls take a while that `seed` decides.
    pub fn process(&self, seed: u64) -> Process {
        Process::new(self.clone(), seed)
    }

    /// From now on the first read of a repository's or a role's tags after each write of them shows the old ones.
    pub fn tags_spread_late(&self) {
        self.account().tags_spread_late = true;
    }

    /// Makes a role that no provider made.
    pub fn add_role(&self, name: &str) {
        self.account().add_role(name);
    }

    /// Makes an instance profile with that role.
    pub fn add_instance_profile(&self, name: &str, role: &str) {
        self.account().profiles.insert(name.to_owned(), role.to_owned());
    }

    /// Makes a repository that no provider made.
    pub fn add_repository(&self, name: &str) {
        self.account().add_repository(name);
    }

    /// Deletes a repository behind everybody's back.
    pub fn remove_repository(&self, name: &str) {
        self.account().repositories.remove(name);
    }

    /// Pushes an image, and says its digest; `None` where there is no such repository.
    pub fn push(&self, repository: &str) -> Option<String> {
        self.account().push(repository)
    }

    /// The digests in a repository.
    pub fn images(&self, of: &Uid) -> Vec<String> {
        let account = self.account();
        let mut repositories = account.repositories.values();
        repositories.find(|repository| repository.uid == *of).map_or_else(Vec::new, |found| found.images.clone())
    }

    /// The repository of that name.
    pub fn repository(&self, name: &str) -> Option<Uid> {
        self.account().repositories.get(name).map(|repository| repository.uid.clone())
    }

    /// The tags of a repository.
    pub fn repository_tags(&self, name: &str) -> Vec<(String, String)> {
        let account = self.account();
        let tags = account.repositories.get(name).map(|repository| repository.tags.clone());
        tags.unwrap_or_default().into_iter().collect()
    }

    /// The lifecycle policy of a repository.
    pub fn lifecycle_policy(&self, repository: &str) -> Option<String> {
        self.account().repositories.get(repository)?.lifecycle.clone()
    }

    /// The role of that name.
    pub fn role(&self, name: &str) -> Option<Uid> {
        self.account().roles.get(name).map(|role| role.uid.clone())
    }

    /// The tags of a role.
    pub fn role_tags(&self, name: &str) -> Vec<(String, String)> {
        let account = self.account();
        account.roles.get(name).map(|role| role.tags.clone()).unwrap_or_default().into_iter().collect()
    }

    /// The managed policies on a role.
    pub fn attached_policies(&self, role: &str) -> Vec<String> {
        let account = self.account();
        account.roles.get(role).map(|role| role.attached.iter().cloned().collect()).unwrap_or_default()
    }

    /// The security group of that id.
    pub fn group(&self, id: &str) -> Option<Uid> {
        self.account().groups.get(id).map(|group| group.uid.clone())
    }

    /// The security group of that name.
    pub fn group_named(&self, name: &str) -> Option<Uid> {
        self.account().groups.values().find(|group| group.name == name).map(|group| group.uid.clone())
    }

    /// The endpoint of that id.
    pub fn endpoint(&self, id: &str) -> Option<Uid> {
        self.account().endpoints.get(id).map(|endpoint| endpoint.uid.clone())
    }

    /// All objects that are there.
    pub fn objects(&self) -> Vec<Uid> {
        self.account().objects(|_| true)
    }

    /// Those of them that a provider made.
    pub fn made(&self) -> Vec<Uid> {
        self.account().objects(|is_ours| is_ours)
    }

    /// The objects that were written to since this was asked last.
    pub fn written(&self) -> Vec<Uid> {
        std::mem::take(&mut self.account().written)
    }

    /// All calls of all processes, in the order in which they took effect.
    pub fn log(&self) -> Vec<Record> {
        self.account().log.clone()
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
