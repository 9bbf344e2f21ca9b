//! One AWS for one test.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::{Value, json};

use crate::aws::{self, Aws};
use crate::calls::Call;
use crate::fault::Fault;
use crate::python;

/// The region of [`Emulator::aws`], and the one examples use.
pub const REGION: &str = "us-east-1";

/// An emulated AWS, empty at first, for the life of this value.
///
/// The processes behind it are kept for later tests of the same run: starting one takes seconds, emptying one does not.
#[derive(Debug)]
pub struct Emulator {
    server: Option<Server>,
    address: String,
    is_plain: bool,
}

#[derive(Debug)]
struct Server {
    process: Child,
    address: String,
    log: Arc<Mutex<String>>,
}

static IDLE: Mutex<Vec<Server>> = Mutex::new(Vec::new());

impl Emulator {
    /// An empty AWS. Tests that run at the same time have one each.
    ///
    /// # Panics
    ///
    /// If there is no `.venv`, or if the emulator does not start.
    #[must_use]
    #[track_caller]
    pub fn start() -> Self {
        let idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let server = idle.unwrap_or_else(|| Server::start("strict_moto.py"));
        server.log.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let emulator = Self { address: server.address.clone(), server: Some(server), is_plain: false };
        emulator.reset();
        emulator
    }

    /// An empty AWS as moto has it, without anything that we add: it records nothing and takes no orders.
    ///
    /// # Panics
    ///
    /// If there is no `.venv`, or if the emulator does not start.
    #[must_use]
    #[track_caller]
    pub fn plain() -> Self {
        let server = Server::start("plain_moto.py");
        Self { address: server.address.clone(), server: Some(server), is_plain: true }
    }

    /// For `AWS_ENDPOINT_URL` or the provider's `endpoints` block.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.address
    }

    /// The block of the official provider 3.39, which does not know `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn aws_block(&self) -> String {
        let services: String = ["ecr", "ec2", "iam", "sts"]
            .iter()
            .map(|service| format!("    {service} = {:?}\n", self.address))
            .collect();
        format!(
            "provider \"aws\" {{\n  region = \"us-east-1\"\n  skip_credentials_validation = true\n  \
             skip_metadata_api_check = true\n  endpoints {{\n{services}  }}\n}}\n"
        )
    }

    /// The test's own client in [`REGION`].
    #[must_use]
    pub fn aws(&self) -> Aws {
        self.aws_in(REGION)
    }

    /// The test's own client in another region.
    #[must_use]
    pub fn aws_in(&self, region: &str) -> Aws {
        Aws::new(&self.address, region)
    }

    /// Empties AWS, the record and the orders, and puts the settings back.
    #[track_caller]
    pub fn reset(&self) {
        self.order("POST", "reset", None);
    }

    /// What the system under test called, in order of arrival.
    #[must_use]
    #[track_caller]
    pub fn calls(&self) -> Vec<Call> {
        serde_json::from_value(self.order("GET", "calls", None)).expect("the emulator records calls")
    }

    /// The actions of the calls that could change something, in order of arrival.
    #[must_use]
    #[track_caller]
    pub fn writes(&self) -> Vec<String> {
        self.calls().into_iter().filter(|call| call.write).map(|call| call.action).collect()
    }

    /// Starts a new record.
    #[track_caller]
    pub fn clear_calls(&self) {
        self.order("POST", "calls/reset", None);
    }

    /// Orders trouble. The first fault that fits a call has it.
    #[track_caller]
    pub fn fault(&self, fault: Fault) {
        self.order("POST", "faults", Some(fault.into_json()));
    }

    /// Ends all trouble.
    #[track_caller]
    pub fn clear_faults(&self) {
        self.order("POST", "faults/reset", None);
    }

    /// How many calls the faults on order have hit together.
    #[must_use]
    #[track_caller]
    pub fn fault_hits(&self) -> u64 {
        crate::items(&self.order("GET", "faults", None)).iter().filter_map(|fault| fault["hits"].as_u64()).sum()
    }

    /// Changes how strict AWS is, for example `json!({ "endpoint_ms": 2000 })`: see `tests/emulator/strict/settings.py`.
    #[track_caller]
    pub fn settings(&self, changes: Value) {
        self.order("POST", "settings", Some(changes));
    }

    /// Stops the world after the n-th write from now (from 1): it is applied, its answer and all later writes are held.
    #[track_caller]
    pub fn stop_after_write(&self, n: u32) {
        self.order("POST", "stop", Some(json!({ "write": n, "when": "after" })));
    }

    /// Stops the world before the n-th write from now (from 1): it and all later writes are held.
    #[track_caller]
    pub fn stop_before_write(&self, n: u32) {
        self.order("POST", "stop", Some(json!({ "write": n, "when": "before" })));
    }

    /// Stops the world after the next write of this action.
    #[track_caller]
    pub fn stop_after(&self, action: &str) {
        self.order("POST", "stop", Some(json!({ "action": action, "when": "after" })));
    }

    /// Holds the answer to the next write of this action, and nothing else: others go on.
    #[track_caller]
    pub fn hold_after(&self, action: &str) {
        self.order("POST", "stop", Some(json!({ "action": action, "when": "after", "alone": true })));
    }

    /// Waits until the world has stopped.
    ///
    /// # Panics
    ///
    /// If that takes more than a minute.
    #[track_caller]
    pub fn wait_for_stop(&self) {
        let answer = self.order("GET", "stop?wait=60", None);
        assert_eq!(answer["reached"], true, "the write that was to be stopped at did not come within a minute");
    }

    /// Lets go what is held. A held write whose sender is dead by now is not applied.
    #[track_caller]
    pub fn release(&self) {
        self.order("POST", "release", None);
    }

    #[track_caller]
    fn order(&self, method: &str, order: &str, value: Option<Value>) -> Value {
        let (agent, address) = (aws::agent(), format!("{}/strict/{order}", self.address));
        let sent = match (method, value) {
            ("GET", _) => agent.get(&address).call(),
            (_, Some(value)) => agent.post(&address).send(value.to_string()),
            (_, None) => agent.post(&address).send_empty(),
        };
        let mut answer = sent.unwrap_or_else(|error| panic!("the emulator does not take {method} {order}: {error}"));
        let text = answer.body_mut().read_to_string().unwrap_or_else(|error| panic!("the emulator's answer: {error}"));
        let answer: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("the emulator answered:\n{text}"));
        assert!(answer["error"].is_null(), "the emulator refuses: {}", answer["error"]);
        answer
    }

    /// What is worth knowing about AWS when a test has failed.
    fn report(&self) -> String {
        if self.is_plain {
            return format!(
                "--- plain moto at {} ---\n{}",
                self.address,
                self.server.as_ref().map(Server::log).unwrap_or_default()
            );
        }
        let calls: String = self.calls().iter().map(|call| format!("  {call}\n")).collect();
        let log = self.server.as_ref().map(Server::log).unwrap_or_default();
        format!("--- calls at {} ---\n{calls}--- its log ---\n{log}", self.address)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if thread::panicking() {
            // A second panic while this one is under way would end the process without a word.
            let report = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.report()));
            eprintln!("{}", report.unwrap_or_else(|_| "the emulator no longer answers".to_owned()));
        }
        let Some(mut server) = self.server.take().filter(|_| !self.is_plain) else { return };
        if matches!(server.process.try_wait(), Ok(None)) {
            IDLE.lock().unwrap_or_else(PoisonError::into_inner).push(server);
        }
    }
}

impl Server {
    #[track_caller]
    fn start(script: &str) -> Self {
        let mut process = Command::new(python::interpreter())
            .arg(python::root().join("tests/emulator").join(script))
            // It ends when its standard input does, and that is when this process ends, however that comes about.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the Python of .venv starts");
        let log = Arc::new(Mutex::new(String::new()));
        let (mut stderr, kept) = (process.stderr.take().expect("a pipe"), Arc::clone(&log));
        let collector = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stderr.read(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..count]);
                kept.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
            }
        });
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut line).expect("the emulator speaks UTF-8");
        let Some(address) = line.trim().strip_prefix("listening on ") else {
            collector.join().ok();
            let log = log.lock().unwrap_or_else(PoisonError::into_inner);
            panic!("the emulator does not start; it says {line:?} and\n{log}");
        };
        Self { address: address.to_owned(), process, log }
    }

    fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
