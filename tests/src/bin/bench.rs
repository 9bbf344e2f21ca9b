//! `make bench`: this provider beside hashicorp/aws 3.39.0, in one run on one machine, as ratios.
//!
//! Both make the same objects on the emulated AWS: a repository, its lifecycle policy, and two VPC endpoints with their
//! security group. Absolute figures depend on the machine and on how long the emulator lets an endpoint be pending; the
//! ratios tell. What is repeated is told by its median.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use rosa_ecr_tests::{Emulator, Engine, Network, Workdir, aws_provider, provider_binary, run_python};
use serde_json::json;

/// How often a provider is started.
const STARTS: usize = 15;

/// How often everything is applied and destroyed.
const ROUNDS: usize = 3;

/// A client certificate as Terraform makes one: ECDSA P-521, signed by itself.
const CERTIFICATE: &str = r#"
import datetime
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
key = ec.generate_private_key(ec.SECP521R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
now = datetime.datetime.now(datetime.timezone.utc)
builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
print(builder.sign(key, hashes.SHA512()).public_bytes(serialization.Encoding.PEM).decode())
"#;

const OURS: &str = r#"
terraform {
  required_providers {
    rosa = { source = "rosa-ecr/rosa" }
  }
}
provider "rosa" { region = "us-east-1" }
resource "rosa_ecr" "registry" {
  cluster_name       = "bench"
  vpc_id             = var.vpc_id
  private_subnet_ids = var.subnet_ids
  vpc_cidr           = "10.0.0.0/16"
}
"#;

const THEIRS: &str = r#"
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  endpoints {
    ec2 = var.endpoint
    ecr = var.endpoint
    iam = var.endpoint
    sts = var.endpoint
  }
}
resource "aws_ecr_repository" "registry" {
  name = "bench-registry"
  image_scanning_configuration { scan_on_push = true }
}
resource "aws_ecr_lifecycle_policy" "registry" {
  repository = aws_ecr_repository.registry.name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 14 }
        action       = { type = "expire" }
      },
      {
        rulePriority = 2
        selection    = { tagStatus = "tagged", tagPatternList = ["*"], countType = "imageCountMoreThan", countNumber = 30 }
        action       = { type = "expire" }
      },
    ]
  })
}
resource "aws_security_group" "endpoints" {
  name   = "bench-ecr-endpoints"
  vpc_id = var.vpc_id
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/16"]
  }
}
resource "aws_vpc_endpoint" "ecr" {
  for_each            = toset(["api", "dkr"])
  vpc_id              = var.vpc_id
  service_name        = "com.amazonaws.us-east-1.ecr.${each.value}"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = var.subnet_ids
  security_group_ids  = [aws_security_group.endpoints.id]
  private_dns_enabled = true
}
"#;

const VARIABLES: &str = "variable \"vpc_id\" {}\nvariable \"subnet_ids\" {}\nvariable \"endpoint\" {}\n";

/// What is told of a provider.
#[derive(Debug)]
struct Figures {
    size: u64,
    start: Duration,
    memory: Option<u64>,
    calls: usize,
    apply: Duration,
    refresh_calls: usize,
    plan: Duration,
}

fn main() -> ExitCode {
    let Some(peer) = aws_provider() else {
        eprintln!("there is no hashicorp/aws 3.39.0 for this machine: its package is for Linux on x86_64");
        return ExitCode::FAILURE;
    };
    let engine = Engine::all().last().expect("there is one");
    let certificate = run_python(&["-c", CERTIFICATE], Duration::from_secs(60)).success().stdout().to_owned();
    println!("{engine}, AWS emulated; medians of {STARTS} starts and {ROUNDS} applies");
    let ours = figures(engine, &provider_binary(), &certificate, OURS, None);
    let theirs = figures(engine, &peer, &certificate, THEIRS, Some(&peer));

    println!("\n{:<34} {:>14} {:>22} {:>8}", "", "rosa-ecr/rosa", "hashicorp/aws 3.39.0", "ratio");
    let line = |what: &str, unit: &str, ours: f64, theirs: f64| {
        let (ours_told, theirs_told) = (format!("{ours:.1} {unit}"), format!("{theirs:.1} {unit}"));
        println!("{what:<34} {ours_told:>14} {theirs_told:>22} {:>7.2}x", ours / theirs);
    };
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    line("binary", "MB", megabytes(ours.size), megabytes(theirs.size));
    line("start to handshake", "ms", millis(ours.start), millis(theirs.start));
    if let (Some(ours), Some(theirs)) = (ours.memory, theirs.memory) {
        line("resident memory before 1st write", "MB", megabytes(ours), megabytes(theirs));
    }
    line("apply: AWS calls", "", count(ours.calls), count(theirs.calls));
    line("apply: time", "s", ours.apply.as_secs_f64(), theirs.apply.as_secs_f64());
    line("plan without changes: AWS calls", "", count(ours.refresh_calls), count(theirs.refresh_calls));
    line("plan without changes: time", "s", ours.plan.as_secs_f64(), theirs.plan.as_secs_f64());
    ExitCode::SUCCESS
}

fn figures(engine: &Engine, binary: &Path, certificate: &str, config: &str, peer: Option<&PathBuf>) -> Figures {
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    let work = workdir(engine, &emulator, &network, config, peer);
    let memory = memory(&emulator, &work);
    let rounds: Vec<[(usize, Duration); 2]> = (0..ROUNDS).map(|_| round(&emulator, &work)).collect();
    let told = |which: usize| {
        (median(rounds.iter().map(|round| round[which].0)), median(rounds.iter().map(|round| round[which].1)))
    };
    let ((calls, apply), (refresh_calls, plan)) = (told(0), told(1));
    let size = std::fs::metadata(binary).expect("the binary is there").len();
    let start = median((0..STARTS).map(|_| start(binary, certificate)));
    Figures { size, start, memory, calls, apply, refresh_calls, plan }
}

fn workdir(engine: &Engine, emulator: &Emulator, network: &Network, config: &str, peer: Option<&PathBuf>) -> Workdir {
    let work = Workdir::new(engine, emulator);
    if let Some(peer) = peer {
        work.install("hashicorp/aws", "3.39.0", peer);
    }
    work.file("main.tf", config).file("variables.tf", VARIABLES);
    work.vars(json!({ "vpc_id": network.vpc, "subnet_ids": network.subnets, "endpoint": emulator.endpoint() }));
    work.init();
    work
}

/// Memory of the provider when it is configured and has planned, and is about to change something.
fn memory(emulator: &Emulator, work: &Workdir) -> Option<u64> {
    emulator.stop_before_write(1);
    let apply = work.spawn(&["apply", "-auto-approve"]);
    emulator.wait_for_stop();
    let memory = apply.provider_memory();
    emulator.release();
    apply.wait().success();
    work.destroy();
    memory
}

/// Calls and time of an apply, and of a plan that finds nothing to do.
fn round(emulator: &Emulator, work: &Workdir) -> [(usize, Duration); 2] {
    emulator.clear_calls();
    let apply = work.apply().took();
    let applied = emulator.calls().len();
    emulator.clear_calls();
    let plan = work.run(&["plan", "-detailed-exitcode"]).code(0).took();
    let planned = emulator.calls().len();
    work.destroy();
    [(applied, apply), (planned, plan)]
}

/// How long a provider takes from its start to the line that says where it listens.
fn start(binary: &Path, certificate: &str) -> Duration {
    let since = Instant::now();
    let mut provider = Command::new(binary)
        .env("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
        .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
        .env("PLUGIN_CLIENT_CERT", certificate)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", binary.display()));
    let mut line = String::new();
    BufReader::new(provider.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let took = since.elapsed();
    provider.kill().and_then(|()| provider.wait()).expect("our child");
    assert!(line.starts_with("1|"), "{} says {line:?}", binary.display());
    took
}

fn median<T: Ord + Copy>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort();
    values[values.len() / 2]
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn count(calls: usize) -> f64 {
    f64::from(u32::try_from(calls).unwrap_or(u32::MAX))
}
