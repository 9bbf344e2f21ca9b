//! Image mirror files that a query finds, no matter what wrote them.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;

use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{Call, Diagnostics, Listed, Listing, Violation};
use tokio::fs;

use super::{Idms, io_error};
use crate::provider::Aws;
use crate::wildcard::matches;

/// Files with image mirrors below the working directory: an `ImageDigestMirrorSet`, or `rosa create image-mirror` commands.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct IdmsQuery {
    /// Where the files are, relative to the working directory. In the name of a file, behind the last `/`, a `*` stands for anything:
    /// `outputs/*.yaml`. Files that hold something else are left out.
    #[attr(default_with = default_paths, each(check_pattern))]
    pub paths: BTreeSet<String>,
}

/// What `output_path` is by default has a name like this.
fn default_paths() -> BTreeSet<String> {
    BTreeSet::from(["outputs/*".to_owned()])
}

fn check_pattern(path: &str) -> Result<(), Violation> {
    let (folder, name) = split(path);
    if name.is_empty() || folder.contains('*') {
        return Err(Violation::rule("It must be the path of a file, with \"*\" in the file's name only.")
            .fix("Write it like \"outputs/*.yaml\", and one for each folder."));
    }
    Ok(())
}

/// The folder with its `/`, and the name behind it.
fn split(path: &str) -> (&str, &str) {
    path.split_at(path.rfind('/').map_or(0, |slash| slash + 1))
}

impl Listed for Idms {
    type Query = IdmsQuery;

    async fn list(_: &Call<Aws>, query: IdmsQuery, limit: Option<usize>) -> Result<Vec<Listing<Self>>, Diagnostics> {
        let mut files = BTreeSet::new();
        for path in &query.paths {
            files.extend(like(path).await?);
        }
        let mut found = Vec::new();
        for path in files {
            if limit.is_some_and(|limit| found.len() >= limit) {
                break;
            }
            if let Some(inputs) = Self::parse(&path).await
                && let Ok(content) = fs::read_to_string(&path).await
            {
                let mut state = inputs.state();
                state.outputs.content = content;
                found.push(Listing { display_name: path, state });
            }
        }
        Ok(found)
    }
}

/// The paths of the files like that one.
async fn like(path: &str) -> Result<Vec<String>, Diagnostics> {
    let (folder, pattern) = split(path);
    let directory = if folder.is_empty() { Path::new(".") } else { Path::new(folder) };
    let failed = |error: std::io::Error| io_error("read", &directory.to_string_lossy(), &error);
    let mut entries = match fs::read_dir(directory).await {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        Err(error) => return Err(failed(error).into()),
    };
    let mut found = Vec::new();
    while let Some(entry) = entries.next_entry().await.map_err(failed)? {
        if let Some(name) = entry.file_name().to_str().filter(|name| matches(pattern, name)) {
            found.push(format!("{folder}{name}"));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::ec2::answers::{answering, call};

    fn mirrors(path: &str) -> Idms {
        Idms {
            registry_url: "123456789012.dkr.ecr.us-east-1.amazonaws.com".to_owned(),
            mirrors: Some(BTreeMap::from([("registry.redhat.io/ubi9/ubi".to_owned(), "ubi9/ubi".to_owned())])),
            name: "mirrors".to_owned(),
            output_path: path.to_owned(),
            platform: None,
            cluster_name: None,
        }
    }

    #[tokio::test]
    async fn files_with_mirrors_are_found_by_their_names() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| format!("{}/{name}", folder.path().display());
        let inputs = |name: &str| mirrors(&path(name));
        for name in ["a.yaml", "b.yaml", "c.txt"] {
            std::fs::write(path(name), inputs(name).content()).expect("written");
        }
        std::fs::write(path("other.yaml"), "kind: Pod\n").expect("written");
        let list = async |paths: &[&str], limit| {
            let query = IdmsQuery { paths: paths.iter().map(|name| path(name)).collect() };
            let found = Idms::list(&call(answering([]).0), query, limit).await.expect("a list");
            found.into_iter().map(|listing| listing.state).collect::<Vec<_>>()
        };
        let found = list(&["*.yaml", "a*"], None).await;
        assert_eq!(found, [inputs("a.yaml").state(), inputs("b.yaml").state()]);
        assert_eq!(list(&["*"], Some(2)).await.len(), 2);
        assert!(list(&["none/*", "d.yaml"], None).await.is_empty());
    }

    #[test]
    fn folders_are_named() {
        assert_eq!(check_pattern("outputs/*.yaml"), Ok(()));
        assert_eq!(check_pattern("*"), Ok(()));
        for bad in ["outputs/", "*/a.yaml", ""] {
            assert!(check_pattern(bad).is_err(), "{bad}");
        }
    }
}
