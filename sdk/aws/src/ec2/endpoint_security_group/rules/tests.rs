//! Tests of the comparison of rules.

use super::*;

fn rule(protocol: &str, ports: (i32, i32), blocks: &[&str]) -> IpPermission {
    let blocks = blocks.iter().map(|block| (*block).to_owned()).collect();
    let sources = Sources { blocks, ..Sources::default() }.https().remove(0);
    IpPermission::builder()
        .ip_protocol(protocol)
        .from_port(ports.0)
        .to_port(ports.1)
        .set_ip_ranges(sources.ip_ranges)
        .set_ipv6_ranges(sources.ipv6_ranges)
        .build()
}

fn wanted() -> Sources {
    Sources { blocks: ["10.0.0.0/16".to_owned(), "fd00::/56".to_owned()].into(), ..Sources::default() }
}

#[test]
fn a_group_as_it_should_be_needs_nothing() {
    let group = SecurityGroup::builder().ip_permissions(rule("tcp", (443, 443), &["10.0.0.0/16", "FD00::/56"])).build();
    let rules = Rules::of(&group);
    assert_eq!(rules.allowed, wanted());
    assert!(rules.unexpected(&Sources::default()).is_empty());
    let repair = rules.repair(&wanted());
    assert!(repair.authorize.is_empty() && repair.revoke_ingress.is_empty() && repair.revoke_egress.is_empty());
}

#[test]
fn a_fresh_group_gets_ingress_and_loses_egress() {
    let group = SecurityGroup::builder()
        .ip_permissions_egress(
            IpPermission::builder()
                .ip_protocol("-1")
                .ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build())
                .build(),
        )
        .ip_permissions_egress(
            IpPermission::builder()
                .ip_protocol("-1")
                .ipv6_ranges(Ipv6Range::builder().cidr_ipv6("::/0").build())
                .build(),
        )
        .build();
    let rules = Rules::of(&group);
    assert_eq!(
        rules.unexpected(&Sources::default()).into_iter().collect::<Vec<_>>(),
        ["egress all to 0.0.0.0/0", "egress all to ::/0"]
    );
    let repair = rules.repair(&wanted());
    assert_eq!(repair.authorize, [rule("tcp", (443, 443), &["10.0.0.0/16", "fd00::/56"])]);
    assert_eq!(repair.revoke_egress.len(), 2);
}

#[test]
fn other_rules_are_named_and_removed_and_the_right_ones_stay() {
    let friend = UserIdGroupPair::builder().group_id("sg-2").description("ours").build();
    let mixed = IpPermission::builder()
        .ip_protocol("tcp")
        .from_port(443)
        .to_port(443)
        .ip_ranges(IpRange::builder().cidr_ip("10.0.0.0/16").description("by hand").build())
        .ip_ranges(IpRange::builder().cidr_ip("192.0.2.0/24").build())
        .user_id_group_pairs(friend)
        .build();
    let group =
        SecurityGroup::builder().ip_permissions(mixed).ip_permissions(rule("udp", (53, 60), &["0.0.0.0/0"])).build();
    let rules = Rules::of(&group);
    assert_eq!(rules.allowed.blocks.iter().collect::<Vec<_>>(), ["10.0.0.0/16", "192.0.2.0/24"]);
    let unexpected: Vec<String> = rules.unexpected(&Sources::default()).into_iter().collect();
    assert_eq!(unexpected, ["ingress tcp 443 from sg-2", "ingress udp 53-60 from 0.0.0.0/0"]);
    let repair = rules.repair(&wanted());
    assert_eq!(repair.authorize, [rule("tcp", (443, 443), &["fd00::/56"])]);
    assert_eq!(repair.revoke_ingress[0], rule("tcp", (443, 443), &["192.0.2.0/24"]), "only the extra block goes");
    assert_eq!(repair.revoke_ingress.len(), 3);
}

#[test]
fn sources_that_are_wanted_are_no_unexpected_rules_and_only_what_differs_changes() {
    let group = |id: &str, owner: &str| UserIdGroupPair::builder().group_id(id).user_id(owner).build();
    let own = "123456789012";
    let there = bare()
        .user_id_group_pairs(group("sg-workers", own))
        .user_id_group_pairs(group("sg-old", own))
        .user_id_group_pairs(group("sg-peer", "210987654321"))
        .prefix_list_ids(PrefixListId::builder().prefix_list_id("pl-1").description("office").build())
        .build();
    let rules = Rules::of(&SecurityGroup::builder().owner_id(own).ip_permissions(there).build());
    let set = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(rules.allowed.groups, set(&["210987654321/sg-peer", "sg-old", "sg-workers"]));
    assert_eq!(rules.allowed.prefix_lists, set(&["pl-1"]));
    assert!(rules.unexpected(&rules.allowed).is_empty());
    let only_groups = Sources { prefix_lists: BTreeSet::new(), ..rules.allowed.clone() };
    assert_eq!(rules.unexpected(&only_groups), set(&["ingress tcp 443 from pl-1"]));

    let groups = set(&["123456789012/sg-workers", "210987654321/sg-peer", "sg-new"]);
    let wanted = Sources { groups, prefix_lists: set(&["pl-1", "pl-2"]), ..Sources::default() };
    assert_eq!(wanted.count(), 5);
    let repair = rules.repair(&wanted.of_account(own));
    let list = PrefixListId::builder().prefix_list_id("pl-2").build();
    let new = UserIdGroupPair::builder().group_id("sg-new").build();
    assert_eq!(
        repair.authorize,
        [bare().user_id_group_pairs(new).build(), bare().prefix_list_ids(list).build()],
        "what is there is not added again"
    );
    let old = UserIdGroupPair::builder().group_id("sg-old").build();
    assert_eq!(repair.revoke_ingress, [bare().user_id_group_pairs(old).build()]);
    assert_eq!(pair("210987654321/sg-peer"), group("sg-peer", "210987654321"));
}
