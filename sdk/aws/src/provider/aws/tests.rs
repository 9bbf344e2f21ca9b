use super::*;

/// Where requests went: the URL, and the region that it was signed for.
type Went = Arc<Mutex<Vec<(String, String)>>>;

/// A context in that region whose calls get empty answers, and where they went.
fn noting(region: &str) -> (Aws, Went) {
    let went = Went::default();
    let log = went.clone();
    let client = rosa_ecr_recorded::answering(move |request| {
        let signature = request.headers()["authorization"].to_str().expect("ASCII");
        let region = signature.split('/').nth(2).unwrap_or_default().to_owned();
        log.lock().expect("sound").push((request.uri().to_string(), region));
        http::Response::new("")
    });
    (Aws::recorded(client, region), went)
}

#[tokio::test]
async fn iam_is_the_one_of_the_partition() {
    let cases = [
        ("eu-west-1", "https://iam.amazonaws.com/", "us-east-1"),
        ("us-gov-east-1", "https://iam.us-gov.amazonaws.com/", "us-gov-west-1"),
        ("cn-northwest-1", "https://iam.cn-north-1.amazonaws.com.cn/", "cn-north-1"),
    ];
    for (region, url, signed) in cases {
        let (aws, went) = noting(region);
        // The empty answer is of no interest.
        let _ = aws.iam().get_role().role_name("worker").send().await;
        assert_eq!(*went.lock().expect("sound"), [(url.to_owned(), signed.to_owned())]);
    }
}

#[tokio::test]
async fn clients_are_those_of_the_region_asked_for() {
    let (aws, went) = noting("eu-west-1");
    let _ = aws.ecr("us-east-2").describe_repositories().send().await;
    let url = "https://api.ecr.us-east-2.amazonaws.com/".to_owned();
    assert_eq!(*went.lock().expect("sound"), [(url, "us-east-2".to_owned())]);
    aws.ecr("us-east-2");
    aws.ecr("eu-west-1");
    let made: Vec<String> = aws.shared.ecr.0.lock().expect("no panic").keys().cloned().collect();
    assert_eq!(made, ["eu-west-1", "us-east-2"]);
}

#[test]
fn a_cluster_shares_all_but_the_owner() {
    let (aws, _) = noting("eu-west-1");
    let dev = aws.owned_by("dev");
    aws.mark_for_replacement("vpce-1");
    assert!(dev.is_marked_for_replacement("vpce-1"));
    assert_eq!((aws.owner().cluster.as_deref(), dev.owner().cluster.as_deref()), (None, Some("dev")));
}
