//! Commands that are given a limited time, can be killed with all they started, and show everything when they fail.

use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{fmt, fs};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// How long a command of an engine may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(300);

/// How a command ended.
#[derive(Clone, Debug)]
pub struct Output {
    line: String,
    directory: PathBuf,
    status: ExitStatus,
    took: Duration,
    stdout: String,
    stderr: String,
}

impl Output {
    /// Goes on if the command ended with 0.
    ///
    /// # Panics
    ///
    /// If not; the message shows command, directory and both streams. Likewise below.
    #[track_caller]
    pub fn success(self) -> Self {
        self.code(0)
    }

    /// Goes on if the command did not end with 0.
    #[track_caller]
    pub fn failure(self) -> Self {
        assert!(!self.status.success(), "this should have failed:\n{self}");
        self
    }

    /// Goes on if the command ended with this code.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert!(self.status.code() == Some(code), "this should have ended with {code}:\n{self}");
        self
    }

    /// Goes on if one of the streams has this text, however the engine framed and wrapped it.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.prose().contains(&flowing(text)), "this should have said {text:?}:\n{self}");
        self
    }

    /// Goes on if neither of the streams has this text.
    #[track_caller]
    pub fn never_says(self, text: &str) -> Self {
        assert!(!self.prose().contains(&flowing(text)), "this should not have said {text:?}:\n{self}");
        self
    }

    /// Both streams, without the frames of diagnostics, every run of white space as one space.
    #[must_use]
    pub fn prose(&self) -> String {
        flowing(&format!("{}\n{}", self.stdout, self.stderr))
    }

    /// Standard output as it came.
    #[must_use]
    pub fn stdout(&self) -> &str {
        &self.stdout
    }

    /// Standard error as it came.
    #[must_use]
    pub fn stderr(&self) -> &str {
        &self.stderr
    }

    /// How long the command took.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.took
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "command:   {}", self.line)?;
        writeln!(f, "directory: {}", self.directory.display())?;
        writeln!(f, "ended:     {} after {:.1} s", self.status, self.took.as_secs_f64())?;
        writeln!(f, "--- stdout ---\n{}", self.stdout.trim_end())?;
        write!(f, "--- stderr ---\n{}", self.stderr.trim_end())
    }
}

fn flowing(text: &str) -> String {
    let unframed = text.replace(['│', '╷', '╵'], " ");
    unframed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// All processes: id, group, program. From Linux's `/proc`, since slim images have no `ps`; elsewhere from `ps`.
fn processes() -> Vec<(i32, i32, String)> {
    let Ok(proc) = fs::read_dir("/proc") else {
        let listed = Command::new("ps").args(["-A", "-o", "pid=,pgid=,args="]).output().expect("ps starts");
        let listed = String::from_utf8_lossy(&listed.stdout);
        let read = |line: &str| {
            let mut words = line.split_whitespace();
            Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?.to_owned()))
        };
        return listed.lines().filter_map(read).collect();
    };
    let read = |process: PathBuf| {
        let pid = process.file_name()?.to_str()?.parse().ok()?;
        let stat = fs::read_to_string(process.join("stat")).ok()?;
        // Behind the name, which is in parentheses and can have any character: state, parent, group.
        let group = stat.rsplit_once(')')?.1.split_whitespace().nth(2)?.parse().ok()?;
        let line = fs::read(process.join("cmdline")).ok()?;
        let program = line.split(|byte| *byte == 0).next()?;
        Some((pid, group, String::from_utf8_lossy(program).into_owned()))
    };
    proc.filter_map(|entry| read(entry.ok()?.path())).collect()
}

/// A command under way. Dropped, it is killed with everything it started.
#[derive(Debug)]
pub struct Running {
    line: String,
    directory: PathBuf,
    since: Instant,
    process: Child,
    group: Pid,
    streams: Option<[JoinHandle<String>; 2]>,
}

/// Starts a command in a process group of its own.
#[track_caller]
pub(crate) fn spawn(mut command: Command) -> Running {
    let line = format!("{command:?}");
    let directory = command.get_current_dir().map_or_else(PathBuf::new, ToOwned::to_owned);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut process = command.spawn().unwrap_or_else(|error| panic!("{line} does not start: {error}"));
    let streams =
        Some([collect(process.stdout.take().expect("a pipe")), collect(process.stderr.take().expect("a pipe"))]);
    let group = Pid::from_child(&process);
    Running { line, directory, since: Instant::now(), process, group, streams }
}

fn collect(mut stream: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).ok();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

impl Running {
    /// Waits for the end.
    ///
    /// # Panics
    ///
    /// After five minutes, in which case everything is killed.
    #[track_caller]
    #[must_use = "whether it succeeded is to be checked: `success`, `failure` or `code`"]
    pub fn wait(self) -> Output {
        self.wait_for(LIMIT)
    }

    /// [`Running::wait`] with another limit.
    #[track_caller]
    #[must_use = "whether it succeeded is to be checked: `success`, `failure` or `code`"]
    pub fn wait_for(mut self, limit: Duration) -> Output {
        let status = loop {
            if let Some(status) = self.process.try_wait().expect("our child") {
                break Some(status);
            }
            if self.since.elapsed() > limit {
                break None;
            }
            thread::sleep(Duration::from_millis(5));
        };
        if status.is_none() {
            self.kill();
        }
        let output = self.output(status.unwrap_or_else(|| ExitStatus::from_raw(Signal::KILL.as_raw())));
        assert!(status.is_some(), "this took longer than {} s and was killed:\n{output}", limit.as_secs());
        output
    }

    /// Its process's id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Whether it has ended.
    pub fn is_over(&mut self) -> bool {
        self.process.try_wait().expect("our child").is_some()
    }

    /// Asks it to end, as Ctrl-C does: the signal goes to the whole group.
    pub fn interrupt(&self) {
        kill_process_group(self.group, Signal::INT).ok();
    }

    /// Asks it to end, as whoever runs services and pipelines does.
    pub fn terminate(&self) {
        kill_process_group(self.group, Signal::TERM).ok();
    }

    /// Kills it and everything it started, at once.
    pub fn kill(&self) {
        kill_process_group(self.group, Signal::KILL).ok();
    }

    /// Kills the provider and leaves the engine to find out.
    ///
    /// # Panics
    ///
    /// If no provider is running.
    #[track_caller]
    pub fn kill_provider(&self) {
        let providers = self.providers();
        assert!(!providers.is_empty(), "{} runs no provider that could be killed", self.line);
        for provider in providers {
            kill_process(provider, Signal::KILL).ok();
        }
    }

    /// Kills the engine and leaves its providers to find out.
    pub fn kill_engine(&self) {
        kill_process(Pid::from_child(&self.process), Signal::KILL).ok();
    }

    /// Waits until no provider is left.
    ///
    /// # Panics
    ///
    /// If one is left after that time.
    #[track_caller]
    pub fn wait_for_providers(&self, limit: Duration) {
        let since = Instant::now();
        while !self.providers().is_empty() {
            assert!(since.elapsed() < limit, "a provider of {} is still there after {limit:?}", self.line);
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// How many bytes of memory the providers hold, of whatever name they are; `None` where the system does not tell.
    #[must_use]
    pub fn provider_memory(&self) -> Option<u64> {
        let resident = |provider: Pid| {
            let status = fs::read_to_string(format!("/proc/{}/status", provider.as_raw_nonzero())).ok()?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
            Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
        };
        let sizes: Vec<u64> = self.providers().into_iter().map(resident).collect::<Option<_>>()?;
        (!sizes.is_empty()).then(|| sizes.iter().sum())
    }

    fn providers(&self) -> Vec<Pid> {
        let ours = |(pid, group, program): (i32, i32, String)| {
            let provider = group == self.group.as_raw_nonzero().get() && program.contains("terraform-provider-");
            provider.then(|| Pid::from_raw(pid))?
        };
        processes().into_iter().filter_map(ours).collect()
    }

    fn output(&mut self, status: ExitStatus) -> Output {
        let [stdout, stderr] = self.streams.take().expect("taken here only");
        Output {
            line: self.line.clone(),
            directory: self.directory.clone(),
            status,
            took: self.since.elapsed(),
            stdout: stdout.join().unwrap_or_default(),
            stderr: stderr.join().unwrap_or_default(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Also after its end: what it started may still be there.
        self.kill();
        self.process.wait().ok();
    }
}
