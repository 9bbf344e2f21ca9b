//! Actions, which a program does at once.

use std::sync::{Arc, Mutex};

use rosa_ecr_derive::Inputs;
use rosa_ecr_engine::Invoke as _;
use rosa_ecr_model::{Action, Call, Diagnostic, Diagnostics, Kind, Progress, Provided, Provider};

/// A workshop.
#[derive(Clone, Debug, Inputs)]
struct Workshop {
    /// Whose it is.
    owner: String,
}

/// A workbench.
struct Bench {
    owner: String,
}

impl Provided for Bench {
    type Provider = Workshop;
}

impl Provider for Workshop {
    const NAME: &'static str = "workshop";
    const VERSION: &'static str = "1.0.0";
    type Context = Bench;

    fn kinds() -> Vec<Arc<dyn Kind<Bench>>> {
        Vec::new()
    }

    async fn configure(self) -> Result<Bench, Diagnostics> {
        match self.owner.as_str() {
            "nobody" => Err(Diagnostic::error("It is closed").at("owner").into()),
            _ => Ok(Bench { owner: self.owner }),
        }
    }
}

/// Polishes things.
#[derive(Clone, Debug, PartialEq, Inputs)]
struct Polish {
    /// What with.
    #[attr(one_of("cloth", "sand"))]
    with: String,
    /// How often.
    #[attr(default = 2)]
    times: i64,
}

impl Action for Polish {
    const TYPE: &'static str = "workshop_polish";
    type Context = Bench;

    async fn invoke(call: &Call<Bench>, inputs: Self, progress: &Progress) -> Result<(), Diagnostics> {
        for time in 1..=inputs.times {
            progress.tell(format!("{} polishes with {}, {time}", call.owner, inputs.with));
        }
        call.warn(Diagnostic::warning("It will be dull again"));
        if inputs.with == "sand" { Err(Diagnostic::error("There are scratches").into()) } else { Ok(()) }
    }
}

/// What is reported, and how it ends.
async fn polish(owner: &str, with: &str) -> (Vec<String>, Result<Diagnostics, Diagnostics>) {
    let reported = Arc::new(Mutex::new(Vec::new()));
    let log = reported.clone();
    let progress = Progress::new(move |message| log.lock().expect("no test panics with it").push(message));
    let provider = Workshop::builder().owner(owner).build();
    let ended = Polish::builder().with(with).build().invoke(provider, &progress).await;
    let reported = reported.lock().expect("no test panics with it").clone();
    (reported, ended)
}

#[tokio::test]
async fn an_action_is_done_at_once_and_tells_what_it_does() {
    let (reported, ended) = polish("Ann", "cloth").await;
    assert_eq!(reported, ["Ann polishes with cloth, 1", "Ann polishes with cloth, 2"]);
    assert_eq!(ended.expect("done").to_string(), "warning: It will be dull again");
}

#[tokio::test]
async fn what_is_wrong_is_told_before_anything_is_done() {
    let (reported, ended) = polish("Ann", "water").await;
    assert_eq!(reported, [""; 0]);
    assert!(ended.expect_err("refused").to_string().starts_with("error: Invalid value for \"with\" (with)"));
    let (reported, ended) = polish("nobody", "cloth").await;
    assert_eq!(reported, [""; 0]);
    assert!(ended.expect_err("refused").to_string().starts_with("error: It is closed (owner)"));
    let (reported, ended) = polish("Ann", "sand").await;
    assert_eq!(reported.len(), 2);
    assert!(ended.expect_err("it fails").to_string().contains("error: There are scratches"));
}
