//! The YAML of the guides: it is YAML, its objects have what their kinds require, and the names in them fit together.
//!
//! What a kind requires is in the Kubernetes API reference, and for the External Secrets Operator in its documentation.

use std::collections::BTreeSet;
use std::time::Duration;

use rosa_ecr_tests::{items, run_python};
use serde_json::Value;

/// Prints the objects in the YAML blocks of guides, as JSON.
const OBJECTS: &str = r"
import json, re, sys, yaml
found = []
for path in sys.argv[1:]:
    for block in re.findall(r'^```yaml\n(.*?)^```$', open(path).read(), re.S | re.M):
        found += [document for document in yaml.safe_load_all(block) if document is not None]
print(json.dumps(found))
";

/// The objects in the YAML of a guide.
fn objects(guide: &str) -> Vec<Value> {
    let output = run_python(&["-c", OBJECTS, &format!("../docs/guides/{guide}")], Duration::from_secs(60)).success();
    let found: Value = serde_json::from_str(output.stdout()).expect("JSON");
    items(&found).to_vec()
}

/// An object by which others refer to it: kind, namespace and name.
type Named = (String, String, String);

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn named(object: &Value) -> Named {
    let metadata = &object["metadata"];
    (text(&object["kind"]), text(&metadata["namespace"]), text(&metadata["name"]))
}

/// What an object of that kind must have, as JSON pointers.
fn required(kind: &str) -> &'static [&'static str] {
    match kind {
        "Namespace" | "ServiceAccount" => &[],
        "Secret" => &["/type", "/stringData"],
        "Role" => &["/rules/0/apiGroups", "/rules/0/resources", "/rules/0/verbs"],
        "RoleBinding" => {
            &["/roleRef/apiGroup", "/roleRef/kind", "/roleRef/name", "/subjects/0/kind", "/subjects/0/name"]
        }
        "CronJob" => &[
            "/spec/schedule",
            "/spec/jobTemplate/spec/template/spec/restartPolicy",
            "/spec/jobTemplate/spec/template/spec/containers/0/image",
        ],
        "ECRAuthorizationToken" => &["/spec/region", "/spec/auth/jwt/serviceAccountRef/name"],
        "ExternalSecret" => {
            &["/spec/refreshInterval", "/spec/target/name", "/spec/dataFrom/0/sourceRef/generatorRef/name"]
        }
        "CRIOCredentialProviderConfig" => &["/spec/matchImages/0"],
        "ImageSetConfiguration" => &["/mirror/operators/0/catalog"],
        other => panic!("{other}: say what such an object requires"),
    }
}

/// The objects that another one refers to.
fn references(object: &Value) -> Vec<Named> {
    let (kind, namespace, _) = named(object);
    let beside = |kind: &str, name: &Value| (kind.to_owned(), namespace.clone(), text(name));
    match kind.as_str() {
        "RoleBinding" => {
            let subject = &object["subjects"][0];
            let account = (text(&subject["kind"]), text(&subject["namespace"]), text(&subject["name"]));
            vec![beside(&text(&object["roleRef"]["kind"]), &object["roleRef"]["name"]), account]
        }
        "CronJob" => vec![beside("ServiceAccount", &pod(object)["serviceAccountName"])],
        "ECRAuthorizationToken" => {
            vec![beside("ServiceAccount", &object["spec"]["auth"]["jwt"]["serviceAccountRef"]["name"])]
        }
        "ExternalSecret" => {
            let generator = &object["spec"]["dataFrom"][0]["sourceRef"]["generatorRef"];
            vec![beside(&text(&generator["kind"]), &generator["name"])]
        }
        _ => Vec::new(),
    }
}

/// The pods that a CronJob runs.
fn pod(job: &Value) -> &Value {
    &job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
}

#[test]
fn objects_have_what_their_kinds_require() {
    for guide in ["registry-credentials.md", "zero-egress.md"] {
        let objects = objects(guide);
        assert!(!objects.is_empty(), "{guide}");
        for object in objects {
            let kind = text(&object["kind"]);
            for pointer in required(&kind).iter().chain(&["/apiVersion"]) {
                assert!(
                    object.pointer(pointer).is_some_and(|value| !value.is_null()),
                    "{kind} in {guide} has no {pointer}"
                );
            }
            let is_tool = kind == "ImageSetConfiguration";
            assert!(is_tool || !named(&object).2.is_empty(), "{kind} in {guide} has no name");
        }
    }
}

#[test]
fn names_fit_together() {
    let objects = objects("registry-credentials.md");
    let there: BTreeSet<Named> = objects.iter().map(named).collect();
    assert_eq!(there.len(), objects.len(), "one of them is there twice");
    for object in &objects {
        for reference in references(object) {
            assert!(there.contains(&reference), "{:?} refers to {reference:?}", named(object));
        }
    }
}

/// Cron jobs whose pods mount what is no volume, or whose scripts use what is no variable, start and do nothing.
#[test]
fn pods_have_their_volumes_and_variables() {
    let objects = objects("registry-credentials.md");
    let job = objects.iter().find(|object| object["kind"] == "CronJob").expect("a cron job");
    assert_eq!(text(&job["spec"]["schedule"]).split(' ').count(), 5);
    let pod = pod(job);
    let volumes: BTreeSet<String> = items(&pod["volumes"]).iter().map(|volume| text(&volume["name"])).collect();
    for container in items(&pod["initContainers"]).iter().chain(items(&pod["containers"])) {
        for mount in items(&container["volumeMounts"]) {
            assert!(volumes.contains(&text(&mount["name"])), "{mount}");
        }
        let given: BTreeSet<String> =
            container["env"].as_array().into_iter().flatten().map(|variable| text(&variable["name"])).collect();
        let script = text(&container["command"][2]);
        let used = script
            .split('$')
            .skip(1)
            .map(|rest| rest.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect::<String>());
        let used: BTreeSet<String> = used.filter(|name| !name.is_empty()).collect();
        assert_eq!(used, given, "{script}");
    }
    // The role lets it change the very secret that the script names.
    let secret = |name: &str| {
        let variables = items(&pod["containers"][0]["env"]);
        let found = variables.iter().find(|variable| variable["name"] == name).expect("it is there");
        text(&found["value"])
    };
    let role = objects.iter().find(|object| object["kind"] == "Role").expect("a role");
    assert_eq!(text(&role["rules"][0]["resourceNames"][0]), secret("SECRET"));
    assert_eq!(text(&role["metadata"]["namespace"]), secret("SECRET_NAMESPACE"));
}
