//! Resources, from the first plan to the last: `lives/<page>/` has what is there before, and then each step of the life of one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rosa_ecr_tests::{Emulator, Engine, HEAD, Network, Workdir};
use serde_json::json;

use crate::{called, engine, of_page, without};

/// Actions that no call is named after: AWS asks for them on the way of another call.
const BEHIND_OTHER_CALLS: [&str; 5] =
    ["iam:PassRole", "kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant", "route53:AssociateVPCWithHostedZone"];

/// Actions of calls that only imports and bad days bring about, which the tests of those see.
const OF_OTHER_DAYS: &[&str] = &[
    "ec2:DescribeNetworkInterfaces",
    "iam:ListEntitiesForPolicy",
    "iam:ListInstanceProfilesForRole",
    "iam:ListRolePolicies",
    "iam:RemoveRoleFromInstanceProfile",
    "iam:ListRoles",
];

const VARIABLES: &str = r#"
variable "vpc_id" {}
variable "subnet_ids" {}
variable "group_id" {}
variable "route_table_id" {}
"#;

/// One resource: what is there before it (`before.tf`), and configurations that are applied one after the other (`1.tf`, `2.tf` …),
/// which together reach all that can change.
struct Life {
    page: String,
    before: String,
    steps: Vec<String>,
}

impl Life {
    /// All lives, by page.
    fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/permissions/lives");
        let mut folders: Vec<PathBuf> =
            fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        folders.sort();
        folders.iter().map(|folder| Self::of(folder)).collect()
    }

    fn of(folder: &Path) -> Self {
        let page = folder.file_name().expect("a name").to_string_lossy().into_owned();
        let before = fs::read_to_string(folder.join("before.tf")).unwrap_or_default();
        let steps: Vec<String> =
            (1..).map_while(|step| fs::read_to_string(folder.join(format!("{step}.tf"))).ok()).collect();
        let named = steps.len() + usize::from(!before.is_empty());
        assert_eq!(named, fs::read_dir(folder).expect("a folder").count(), "{page} has a file of another name");
        Self { page, before, steps }
    }

    /// The actions that it takes from the first plan to the last.
    fn live(&self, engine: &Engine) -> BTreeSet<String> {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let Network { vpc, subnets } = aws.network("10.0.0.0/16", 2);
        aws.worker_role("worker");
        aws.instance_profile("pool", Some("worker"));
        let group = [("GroupName", "mine"), ("GroupDescription", "mine"), ("VpcId", vpc.as_str())];
        let group = aws.ec2("CreateSecurityGroup", &group)["groupId"].as_str().expect("an id").to_owned();
        let table = aws.ec2("CreateRouteTable", &[("VpcId", &vpc)])["routeTable"]["routeTableId"].clone();
        let work = Workdir::new(engine, &emulator);
        work.vars(json!({ "vpc_id": vpc, "subnet_ids": subnets, "group_id": group, "route_table_id": table }));
        let write = |resource: &str| {
            work.file("main.tf", &format!("{HEAD}{VARIABLES}{}\n{resource}", self.before));
        };
        write("");
        work.init();
        work.apply();
        // What was there before makes calls of its own, at each refresh: they are not the resource's.
        emulator.clear_calls();
        work.run(&["plan", "-out=before.tfplan"]).success();
        let others = called(&emulator);
        emulator.clear_calls();
        for step in &self.steps {
            write(step);
            work.apply();
        }
        work.assert_empty_plan();
        write("");
        work.apply();
        called(&emulator).difference(&others).cloned().collect()
    }
}

#[test]
fn every_resource_that_calls_aws_has_a_life() {
    let kinds = rosa_ecr::aws::kinds().into_iter().filter(|kind| !kind.descriptor().permissions.is_empty());
    let pages: BTreeSet<String> = kinds.map(|kind| kind.type_name().trim_start_matches("rosa_").to_owned()).collect();
    assert_eq!(pages, Life::all().into_iter().map(|life| life.page).collect());
}

#[test]
fn a_resource_needs_what_its_page_says_and_no_more() {
    let (mut said, mut done) = (BTreeSet::new(), BTreeSet::new());
    for life in Life::all() {
        let (page, calls) = (of_page("resources", &life.page), life.live(engine()));
        assert_eq!(without(&calls, &page), [""; 0], "the page of rosa_{} does not say it", life.page);
        said.extend(page);
        done.extend(calls);
    }
    let explained = BEHIND_OTHER_CALLS.into_iter().chain(OF_OTHER_DAYS.iter().copied()).map(str::to_owned);
    done.extend(explained);
    assert_eq!(without(&said, &done), [""; 0], "pages say it, and nothing calls it");
}
