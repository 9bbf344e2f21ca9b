use super::*;

fn tags<const N: usize>(entries: [(&str, &str); N]) -> Tags {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn policy() -> TagPolicy {
    TagPolicy {
        open: OpenDefaults::None,
        defaults: tags([("Env", "dev"), ("Team", "a")]),
        ignored_keys: ["Audit".to_owned()].into(),
        ignored_prefixes: ["kubernetes.io/".to_owned()].into(),
    }
}

#[test]
fn a_default_that_is_not_known_yet_is_no_tag_of_the_resource() {
    let places = |key: &str| Path::from("default_tags").attribute("tags").step(Step::Key(key.to_owned()));
    assert_eq!(OpenDefaults::at(&[Path::from("allowed_account_ids")]), OpenDefaults::None);
    let of_key = OpenDefaults::at(&[places("Stamp"), Path::from("max_retries")]);
    assert_eq!(of_key, OpenDefaults::Keys(BTreeSet::from(["Stamp".to_owned()])));
    let all = OpenDefaults::at(&[Path::from("default_tags").attribute("tags")]);
    assert_eq!(all, OpenDefaults::All);
    let tags =
        |of: &[(&str, &str)]| -> Tags { of.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect() };
    let there = tags(&[("Stamp", "1"), ("Own", "mine"), ("Other", "x")]);
    for (open, own) in [
        (of_key, tags(&[("Own", "mine"), ("Other", "x")])),
        (all, tags(&[("Own", "mine")])),
        (OpenDefaults::None, there.clone()),
    ] {
        let policy = TagPolicy { open, ..TagPolicy::default() };
        assert_eq!(policy.without_defaults(&there, &tags(&[("Own", "mine")])), own);
        let planned = planned(Some(&policy), &Known::Now(Tags::new()), 4, &mut Diagnostics::new());
        assert_eq!(planned.is_now(), policy.open == OpenDefaults::None);
    }
}

#[test]
fn there_is_room_for_our_own_tags() {
    let many =
        |prefix: &str, count: usize| -> Tags { (0..count).map(|n| (format!("{prefix}{n}"), String::new())).collect() };
    let mut report = Diagnostics::new();
    check_number(&Known::Now(many("t", 46)), 4, &mut report);
    let policy = TagPolicy { defaults: many("d", 10), ..TagPolicy::default() };
    planned(Some(&policy), &Known::Now(many("t", 36)), 4, &mut report);
    assert!(report.is_empty(), "{report}");
    check_number(&Known::Now(many("t", 47)), 4, &mut report);
    planned(Some(&policy), &Known::Now(many("t", 37)), 4, &mut report);
    let text = report.to_string();
    assert!(text.contains("tags has 47 elements. At most 46") && text.contains("default_tags"), "{text}");
}

#[test]
fn a_resource_overrides_defaults() {
    assert_eq!(policy().all(&tags([("Team", "b")])), tags([("Env", "dev"), ("Team", "b")]));
}

#[test]
fn what_is_read_is_what_was_configured() {
    let actual = tags([
        ("Env", "dev"),
        ("Team", "a"),
        ("Own", "x"),
        ("Audit", "1"),
        ("kubernetes.io/a", "1"),
        (CLUSTER, "c"),
        ("aws:x", "y"),
    ]);
    let visible = policy().visible(&actual);
    assert_eq!(visible, tags([("Env", "dev"), ("Team", "a"), ("Own", "x")]));
    assert_eq!(policy().without_defaults(&visible, &Tags::new()), tags([("Own", "x")]));
    let overlap = tags([("Team", "a")]);
    assert_eq!(policy().without_defaults(&visible, &overlap), tags([("Own", "x"), ("Team", "a")]));
}

#[test]
fn what_is_left_alone_is_neither_promised_nor_changed() {
    let configured = tags([("Audit", "mine"), ("Own", "x")]);
    assert_eq!(policy().all(&configured), tags([("Env", "dev"), ("Team", "a"), ("Own", "x")]));
    assert_eq!(policy().merged(&configured)["Audit"], "mine", "a new object starts with it");
    let actual = tags([("Audit", "theirs"), ("Own", "x"), ("Env", "dev"), ("Team", "a")]);
    let visible = policy().visible(&actual);
    assert_eq!(policy().without_defaults(&visible, &configured), configured, "no plan shows a difference");
    assert_eq!(policy().difference(&actual, &policy().merged(&configured), &[]), (Tags::new(), Vec::new()));
}

#[test]
fn a_difference_leaves_ignored_tags_alone() {
    let actual = tags([("Env", "dev"), ("Old", "x"), ("Audit", "1"), ("kubernetes.io/a", "1"), ("aws:x", "y")]);
    let (set, removed) = policy().difference(&actual, &tags([("Env", "prod")]), &[]);
    assert_eq!(set, tags([("Env", "prod")]));
    assert_eq!(removed, vec!["Old".to_owned()]);
}

#[test]
fn what_is_ours_is_not_ignored() {
    let ignoring = TagPolicy {
        ignored_keys: [LIFECYCLE.to_owned()].into(),
        ignored_prefixes: [OWN_PREFIX.to_owned()].into(),
        ..TagPolicy::default()
    };
    let mut wanted = Owner { cluster: Some("dev".to_owned()), registry: None }.tags("repository");
    wanted.extend(external());
    assert_eq!(ignoring.difference(&Tags::new(), &wanted, &[LIFECYCLE]).0, wanted);
    let marked = tags([("rosa-ecr/pull/dev", "role/worker")]);
    assert_eq!(policy().difference(&marked, &Tags::new(), &[]), (Tags::new(), Vec::new()), "another's mark stays");
    let (set, removed) = ignoring.difference(&external(), &Tags::new(), &[LIFECYCLE]);
    assert_eq!((set, removed), (Tags::new(), vec![LIFECYCLE.to_owned()]), "a mark that is over goes");
    let users = tags([(LIFECYCLE, "mine")]);
    assert_eq!(ignoring.difference(&external(), &users, &[]), (Tags::new(), Vec::new()), "no mark of ours");
}

#[test]
fn only_the_owner_owns() {
    let dev = Owner::of_cluster("dev");
    assert!(dev.owns("repository", &dev.tags("repository")));
    assert!(!dev.owns("repository", &Owner::default().tags("repository")));
    assert!(!dev.owns("repository", &dev.tags("endpoint")));
    assert!(!Owner::default().owns("repository", &Tags::new()));
}

#[test]
fn registries_of_a_cluster_are_owners_of_their_own() {
    let [one, other, dev] = ["dev/dev-registry", "dev/tools", "dev"].map(Owner::of_registry);
    assert_eq!(owner_of(&one.tags("x")).as_deref(), Some("dev/dev-registry"));
    assert_eq!(owner_of(&dev.tags("x")).as_deref(), Some("dev"));
    assert!(one.owns("x", &one.tags("x")) && one.owns("x", &dev.tags("x")), "no registry is named there");
    assert!(!one.owns("x", &other.tags("x")) && !dev.owns("x", &one.tags("x")));
    assert!(!one.owns("x", &Owner::of_registry("prod/dev-registry").tags("x")));
    assert_eq!(Owner::of_registry("dev/team/app").registry.as_deref(), Some("team/app"));
    for odd in ["dev/", "/dev"] {
        assert_eq!(Owner::of_registry(odd), Owner::of_cluster(odd));
    }
}

#[test]
fn owners() {
    for good in ["dev", "dev/dev-registry", &"a".repeat(100)] {
        assert_eq!(check_owner(good), Ok(()), "{good}");
    }
    for bad in ["", "a b", "a*", &"a".repeat(101)] {
        assert!(check_owner(bad).is_err(), "{bad}");
    }
    assert_eq!(cluster_of(&tags([(CLUSTER, "dev")])), Some("dev"));
    assert_eq!(cluster_of(&tags([(CLUSTER, "")])), None, "made by one of us, for nobody in particular");
}

#[test]
fn keys_that_are_taken() {
    assert!(check_key("Owner").is_ok());
    for key in ["aws:x", "AWS:x", "rosa-ecr/cluster", ""] {
        assert!(check_key(key).is_err(), "{key}");
    }
}
