//! Whose file it is.

use std::fs;

use super::*;

fn idms(path: &FilePath) -> Idms {
    Idms {
        registry_url: "123456789012.dkr.ecr.us-east-1.amazonaws.com".into(),
        mirrors: None,
        name: DEFAULT_NAME.into(),
        output_path: path.to_str().expect("a plain path").into(),
        platform: None,
        cluster_name: Some("dev".into()),
    }
}

#[tokio::test]
async fn only_what_is_ours_or_nobodys_is_overwritten() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("idms.yaml");
    let ours = idms(&path);
    assert_eq!(ours.conflict().await, None, "there is no file");
    for (bytes, conflict) in [
        (Vec::new(), None),
        (ours.content().into_bytes(), None),
        (idms_of_another(&path).into_bytes(), Some("for the cluster prod")),
        (b"apiVersion: v1\n".to_vec(), Some("does not say that rosa-ecr wrote it")),
        // UTF-16, say, which no text of ours is.
        (vec![0xff, 0xfe, b'#', 0], Some("does not say that rosa-ecr wrote it")),
    ] {
        fs::write(&path, &bytes).expect("a file of ours");
        let found = ours.conflict().await.map(|found| found.to_string());
        let fits = conflict.map_or(found.is_none(), |text| found.as_ref().is_some_and(|found| found.contains(text)));
        assert!(fits, "{bytes:?}: {found:?}");
    }
    let told = idms(directory.path()).conflict().await.expect("a directory is no file").to_string();
    assert!(told.contains("cannot be read"), "{told}");
}

fn idms_of_another(path: &FilePath) -> String {
    Idms { cluster_name: Some("prod".into()), ..idms(path) }.content()
}
