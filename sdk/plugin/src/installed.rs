//! Finding installed providers, in the directories and the layout of Terraform's filesystem mirrors.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rosa_ecr_goplugin::platform;
use rosa_ecr_model::{Diagnostic, Diagnostics};
use semver::{Version, VersionReq};

/// Where a source without a host may come from.
const HOSTS: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// The directories that Terraform searches by itself, nearest first.
pub(crate) fn directories() -> Vec<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = variable("HOME").or_else(|| variable("USERPROFILE"));
    let below_home = |path: &str| home.as_ref().map(|home| home.join(path));
    let user_data = variable("XDG_DATA_HOME").or_else(|| below_home(".local/share"));
    let system_data = match std::env::var("XDG_DATA_DIRS") {
        Ok(directories) if !directories.is_empty() => std::env::split_paths(&directories).collect(),
        _ => vec![PathBuf::from("/usr/local/share"), PathBuf::from("/usr/share")],
    };
    let data = user_data.into_iter().chain(system_data).map(|directory| directory.join("terraform/plugins"));
    let own = [Some(PathBuf::from("terraform.d/plugins")), below_home(".terraform.d/plugins")];
    own.into_iter().flatten().chain(data).chain(variable("TF_PLUGIN_CACHE_DIR")).collect()
}

/// The file of the newest version that fits. Of equal versions, that in the first directory.
pub(crate) fn newest(directories: &[PathBuf], source: &str, versions: &str) -> Result<PathBuf, Diagnostics> {
    let wanted = requirement(versions).map_err(|error| {
        Diagnostic::error(format!("\"{versions}\" is no requirement of versions"))
            .detail(format!("{error}."))
            .fix("Write \"*\", \"=3.39.0\", \">=3, <7\" or \"~> 3.39\".")
    })?;
    let (places, name) = places(source)?;
    let mut found = BTreeMap::new();
    for place in directories.iter().flat_map(|directory| places.iter().map(move |place| directory.join(place))) {
        for (version, file) in versions_in(&place, &name) {
            found.entry(version).or_insert(file);
        }
    }
    let fitting = found.iter().rev().find(|(version, _)| wanted.matches(version));
    fitting.map(|(_, file)| file.clone()).ok_or_else(|| absent(directories, source, versions, found.keys()).into())
}

/// The requirement, in which Terraform's `~>` lets the last of the numbers grow.
fn requirement(versions: &str) -> Result<VersionReq, semver::Error> {
    let part = |part: &str| {
        let Some(numbers) = part.trim().strip_prefix("~>").map(str::trim) else { return part.to_owned() };
        match numbers.split('.').collect::<Vec<_>>()[..] {
            [major, _] => format!(">={numbers}, <{}", major.parse::<u64>().map_or(0, |major| major + 1)),
            _ => format!("~{numbers}"),
        }
    };
    VersionReq::parse(&versions.split(',').map(part).collect::<Vec<_>>().join(","))
}

/// Where below a directory of plugins the provider may be, and its local name.
fn places(source: &str) -> Result<(Vec<PathBuf>, String), Diagnostics> {
    let parts: Vec<&str> = source.split('/').collect();
    let hosts = match parts[..] {
        [host, _, _] => vec![host],
        [_, _] => HOSTS.to_vec(),
        _ => Vec::new(),
    };
    match parts[..] {
        [.., namespace, name] if !hosts.is_empty() && parts.iter().all(|part| is_name(part)) => {
            Ok((hosts.iter().map(|host| Path::new(host).join(namespace).join(name)).collect(), name.to_owned()))
        }
        _ => Err(Diagnostic::error(format!("\"{source}\" is no source of a provider"))
            .fix("Write \"hashicorp/aws\" or \"registry.example.com/acme/weather\".")
            .into()),
    }
}

/// Whether it stays in its directory when it is made part of a path.
fn is_name(part: &str) -> bool {
    !part.is_empty() && !part.starts_with('.') && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:".contains(c))
}

/// The unpacked versions for this platform, each with its binary.
fn versions_in(place: &Path, name: &str) -> Vec<(Version, PathBuf)> {
    let entries = |path: &Path| std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let binary = format!("terraform-provider-{name}");
    let found = entries(place).filter_map(|directory| {
        let version = Version::parse(directory.file_name()?.to_str()?).ok()?;
        let mut files: Vec<PathBuf> = entries(&directory.join(platform()))
            .filter(|file| file.is_file())
            .filter(|file| {
                file.file_name().and_then(|file| file.to_str()).is_some_and(|file| file.starts_with(&binary))
            })
            .collect();
        files.sort();
        Some((version, files.into_iter().next()?))
    });
    found.collect()
}

fn absent<'a>(
    directories: &[PathBuf],
    source: &str,
    versions: &str,
    found: impl Iterator<Item = &'a Version>,
) -> Diagnostic {
    let found: Vec<String> = found.map(Version::to_string).collect();
    let searched: Vec<String> = directories.iter().map(|directory| directory.display().to_string()).collect();
    let detail = if found.is_empty() {
        format!("No version is unpacked for {} in any of: {}.", platform(), searched.join(", "))
    } else {
        format!("There are the versions {}.", found.join(", "))
    };
    Diagnostic::error(format!("The provider {source} is not installed in version \"{versions}\"")).detail(detail).fix(
        format!(
            "Install it, for instance with \"terraform providers mirror {}\" and unpacking the archive into \
             <host>/{source}/<version>/{}/ there, or give the path of the binary.",
            searched.first().map_or("DIRECTORY", String::as_str),
            platform()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory with these versions of acme/weather.
    fn mirror(host: &str, versions: &[&str]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("a directory");
        for version in versions {
            let place = directory.path().join(host).join("acme/weather").join(version).join(platform());
            std::fs::create_dir_all(&place).expect("a directory of ours");
            for file in ["LICENSE", &format!("terraform-provider-weather_v{version}")] {
                std::fs::write(place.join(file), "").expect("a file of ours");
            }
        }
        directory
    }

    #[test]
    fn the_newest_that_fits_is_taken() {
        let one = mirror("registry.terraform.io", &["1.9.0", "1.10.0", "2.0.0-beta1", "nonsense"]);
        let two = mirror("registry.opentofu.org", &["1.10.0", "3.0.0"]);
        let directories = [one.path().to_owned(), two.path().to_owned()];
        let find = |source: &str, versions: &str| {
            let file = newest(&directories, source, versions).map_err(|error| error.to_string())?;
            Ok::<_, String>(file.strip_prefix(one.path()).map(|file| file.display().to_string()).unwrap_or_default())
        };
        let in_one = |version: &str| {
            format!("registry.terraform.io/acme/weather/{version}/{}/terraform-provider-weather_v{version}", platform())
        };
        assert_eq!(find("acme/weather", "1"), Ok(in_one("1.10.0")), "numbers count, and the first directory");
        assert_eq!(find("acme/weather", "~1.9"), Ok(in_one("1.9.0")));
        assert_eq!(find("acme/weather", "~> 1.9"), Ok(in_one("1.10.0")), "as Terraform has it");
        assert_eq!(find("acme/weather", "~> 1.9.0, <2"), Ok(in_one("1.9.0")));
        assert_eq!(
            find("registry.terraform.io/acme/weather", "*"),
            Ok(in_one("1.10.0")),
            "no release before it is out"
        );
        assert_eq!(find("acme/weather", "*"), Ok(String::new()), "3.0.0 is in the other directory");
        let error = find("acme/weather", ">=4").expect_err("there is none");
        assert!(error.contains("1.9.0, 1.10.0, 2.0.0-beta1, 3.0.0"), "{error}");
    }

    #[test]
    fn what_is_not_there_or_no_name_is_named() {
        let error = |source, versions| newest(&["/nowhere".into()], source, versions).expect_err("none").to_string();
        assert!(error("acme/weather", "*").contains("/nowhere"));
        assert!(error("acme/weather", "new").contains("no requirement of versions"));
        for source in ["weather", "a/b/c/d", "../weather", "acme/.."] {
            assert!(error(source, "*").contains("no source of a provider"), "{source}");
        }
    }
}
