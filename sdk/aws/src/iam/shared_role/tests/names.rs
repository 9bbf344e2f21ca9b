//! Marks and inline policies by their names.

use super::*;

#[test]
fn marks_fit_and_differ() {
    let owner = Some("dev");
    assert_eq!(Mark::of(ReadOnly, owner, Source::Role("worker")).key, "rosa-ecr/pull/dev");
    assert_eq!(Mark::of(ReadOnly, None, Source::Role("worker")).key, "rosa-ecr/pull/standalone");
    let profile = |name| Mark::of(ReadOnly, owner, Source::InstanceProfile(name));
    assert_ne!(profile("pool-a").key, profile("pool-b").key, "two pools of a cluster may share a role");
    assert_eq!(profile("pool-a").value(), "instance-profile/pool-a");
    let long = "C".repeat(100);
    for permission in PullPermission::ALL {
        let mark = Mark::of(permission, Some(&long), Source::InstanceProfile(&"p".repeat(128)));
        assert!(mark.key.len() <= 128 && mark.policy_name().len() <= 128, "{mark:?}");
    }
}

#[test]
fn a_mark_tells_which_permission_it_is_for() {
    let keys = |permission| Mark::of(permission, Some("dev"), Source::Role(ROLE)).key;
    assert_eq!(
        [ReadOnly, PullOnly, Scoped].map(keys),
        ["rosa-ecr/pull/dev", "rosa-ecr/pull-only/dev", "rosa-ecr/scoped/dev"]
    );
    let pull_only = Mark::of(PullOnly, Some("dev"), Source::Role(ROLE));
    let tags: Tags = [(pull_only.key.clone(), pull_only.value())].into();
    let found = ObservedRole { attached: BTreeSet::from([ReadOnly, PullOnly]), tags };
    assert!(found.carries(&pull_only) && !found.carries(&mark("dev")));
    assert!(!found.is_needed_besides(&mark("dev")), "a mark for another permission needs another policy");
    assert_eq!(found.marks(), [(PullOnly, Some("dev".to_owned()), "role/worker".to_owned())]);
}

#[test]
fn each_owner_has_an_inline_policy_of_its_own() {
    let name = |owner: &str, source| Mark::of(Scoped, Some(owner), source).policy_name();
    let names = BTreeSet::from([
        name("dev", Source::Role(ROLE)),
        name("Dev", Source::Role(ROLE)),
        name("dev", Source::InstanceProfile("pool")),
        name("dev/app", Source::Role(ROLE)),
        name("dev-app", Source::Role(ROLE)),
        name("dev:app", Source::Role(ROLE)),
    ]);
    assert_eq!(names.iter().map(|name| name.to_lowercase()).collect::<BTreeSet<_>>().len(), 6, "{names:?}");
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    assert!(names.iter().all(|name| name.chars().all(allowed)), "{names:?}");
}

#[test]
fn marks_are_made_of_what_iam_allows_and_read_back() {
    for source in [Source::Role("a,b+c=d.e@f_g-h"), Source::InstanceProfile("a,b")] {
        for owner in ["dev", "Dev", "+=.@_-/:"] {
            let mark = Mark::of(ReadOnly, Some(owner), source);
            assert!(mark.key.chars().chain(mark.value().chars()).all(is_allowed), "{mark:?}");
            let tags: Tags = [(mark.key.clone(), mark.value())].into();
            let found = ObservedRole { attached: BTreeSet::from([ReadOnly]), tags };
            let whose = found.marks();
            // A hash hides what is in it.
            let is_hidden = owner == "Dev" && matches!(source, Source::InstanceProfile(_));
            assert_eq!(whose.len(), usize::from(!is_hidden), "{mark:?}");
            for (permission, of, named) in whose {
                let again = Mark::of(permission, of.as_deref(), source);
                assert_eq!((again.key, named), (mark.key.clone(), source.to_string()), "an owner that means the same");
            }
            assert_eq!(found.sources_of(owner).collect::<Vec<_>>(), [(source.to_string(), ReadOnly)]);
        }
    }
}

#[test]
fn owners_that_differ_in_case_only_have_marks_of_their_own() {
    let long = ["c".repeat(99) + "C", "C".repeat(100)];
    for source in [Source::Role("worker"), Source::InstanceProfile("pool")] {
        let owners = ["dev", "Dev", "DEV"].into_iter().chain(long.iter().map(String::as_str));
        let keys: Vec<String> = owners.map(|owner| Mark::of(ReadOnly, Some(owner), source).key).collect();
        assert!(keys.iter().all(|key| *key == key.to_lowercase() && key.len() <= 128), "{keys:?}");
        assert_eq!(keys.iter().collect::<std::collections::BTreeSet<_>>().len(), keys.len(), "{keys:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_mark_of_an_earlier_version_counts_and_goes() {
    let mut earlier = Role::from_us(&[]);
    earlier.tags.insert(format!("{MARKS}Dev"), "role/worker".to_owned());
    let role = shared(earlier);
    let found = look(&undisturbed(&role), ROLE).await.expect("readable").expect("there");
    assert!(found.serves(&mark("Dev")) && found.is_needed_besides(&mark("dev")));
    assert_eq!(found.sources_of("Dev").collect::<Vec<_>>(), [("role/worker".to_owned(), ReadOnly)]);

    // IAM takes the key of the one who comes for the same.
    attach(&undisturbed(&role), ROLE, &mark("dev")).await.expect("attached");
    assert_eq!(now(&role), Role::from_us(&["dev", "Dev"]), "the earlier mark is not lost");
    detach(&undisturbed(&role), ROLE, &mark("Dev"), false).await.expect("released");
    assert_eq!(now(&role), Role::from_us(&["dev"]), "and goes alone");

    let mut earlier = Role::from_us(&[]);
    earlier.tags.insert(format!("{MARKS}Dev"), "role/worker".to_owned());
    let role = shared(earlier);
    detach(&undisturbed(&role), ROLE, &mark("Dev"), false).await.expect("released");
    assert_eq!(now(&role), Role::default());
}
