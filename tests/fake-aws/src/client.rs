//! One client process of the cloud: what its calls cost, which of them fail, and when it dies.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use tokio::sync::Notify;

use crate::record::Record;
use crate::request::{Answer, Refusal, Request, Service};
use crate::{Cloud, ec2, ecr, iam, xml};

/// The longest way of a request or an answer, in milliseconds.
const LONGEST_WAY: u64 = 12;

/// What goes wrong. Writes are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// That write is refused, and nothing was done.
    Refuse(usize),
    /// That write is done, and its first answer is lost on the way.
    Lose(usize),
    /// That write is done, and from then on no call is answered: the network is gone.
    Outage(usize),
    /// The process dies before that write.
    KillBefore(usize),
    /// The process dies after that write, and does not see the answer.
    KillAfter(usize),
}

/// A client process. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Process {
    cloud: Cloud,
    inner: Arc<Mutex<Inner>>,
    killed: Arc<Notify>,
}

#[derive(Debug)]
struct Inner {
    random: u64,
    fault: Option<Fault>,
    writes: usize,
    is_dead: bool,
    is_cut_off: bool,
}

/// What becomes of a call.
enum Fate {
    Answered(Answer, Service),
    Lost,
    Never,
}

impl Process {
    pub(crate) fn new(cloud: Cloud, seed: u64) -> Self {
        let inner = Inner { random: seed, fault: None, writes: 0, is_dead: false, is_cut_off: false };
        Self { cloud, inner: Arc::new(Mutex::new(inner)), killed: Arc::default() }
    }

    /// Lets that go wrong.
    pub fn fail(&self, fault: Fault) {
        self.inner().fault = Some(fault);
    }

    /// Kills it now: no call of it takes effect any more.
    pub fn kill(&self) {
        self.inner().is_dead = true;
        self.killed.notify_waiters();
    }

    /// Ends when it is killed.
    pub async fn killed(&self) {
        let notified = self.killed.notified();
        if !self.is_dead() {
            notified.await;
        }
    }

    /// Whether it was killed.
    pub fn is_dead(&self) -> bool {
        self.inner().is_dead
    }

    /// How many writes it has sent.
    pub fn writes(&self) -> usize {
        self.inner().writes
    }

    /// The HTTP client for its SDK clients.
    pub fn client(&self) -> impl HttpClient + Clone + 'static {
        let connector = SharedHttpConnector::new(Connector(self.clone()));
        http_client_fn(move |_, _| connector.clone())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn way(&self) {
        let millis = self.inner().next_random() % (LONGEST_WAY + 1);
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    /// Carries out a call.
    pub(crate) async fn call(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        let request = Request::read(target, request.body().bytes().unwrap_or_default());
        self.way().await;
        let fate = self.take(&request);
        self.way().await;
        match fate {
            Fate::Answered(answer, service) if !self.is_dead() => Ok(response(service, answer)),
            Fate::Lost => Err(ConnectorError::io("the connection was cut".into())),
            Fate::Answered(..) | Fate::Never => std::future::pending().await,
        }
    }

    /// Lets a request take effect, as far as the faults let it.
    fn take(&self, request: &Request) -> Fate {
        let mut inner = self.inner();
        if inner.is_dead {
            return Fate::Never;
        }
        if inner.is_cut_off {
            return Fate::Lost;
        }
        let fault = if request.is_write() { inner.next_write() } else { None };
        match fault {
            Some(Fault::Refuse(_)) => {
                let denied = match request.service {
                    Service::Ecr => "AccessDeniedException",
                    Service::Ec2 => "UnauthorizedOperation",
                    Service::Iam | Service::Sts => "AccessDenied",
                };
                Fate::Answered(Err(Refusal(403, denied)), request.service)
            }
            Some(Fault::KillBefore(_)) => {
                inner.is_dead = true;
                self.killed.notify_waiters();
                Fate::Never
            }
            Some(Fault::KillAfter(_)) => {
                inner.is_dead = true;
                drop(self.cloud.answer(request));
                self.killed.notify_waiters();
                Fate::Never
            }
            Some(Fault::Lose(_)) => {
                drop(self.cloud.answer(request));
                Fate::Lost
            }
            Some(Fault::Outage(_)) => {
                inner.is_cut_off = true;
                drop(self.cloud.answer(request));
                Fate::Lost
            }
            None => Fate::Answered(self.cloud.answer(request), request.service),
        }
    }
}

impl Inner {
    /// Counts a write, and says what goes wrong with it.
    fn next_write(&mut self) -> Option<Fault> {
        self.writes += 1;
        self.fault.filter(|fault| {
            let (Fault::Refuse(at)
            | Fault::Lose(at)
            | Fault::Outage(at)
            | Fault::KillBefore(at)
            | Fault::KillAfter(at)) = *fault;
            at == self.writes
        })
    }

    /// SplitMix64.
    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Cloud {
    /// Lets a request take effect.
    fn answer(&self, request: &Request) -> Answer {
        let mut account = self.account();
        let answer = match request.service {
            Service::Ecr => ecr::answer(&mut account, request),
            Service::Ec2 => ec2::answer(&mut account, request),
            Service::Iam | Service::Sts => iam::answer(&mut account, request),
        };
        let service = match request.service {
            Service::Ecr => "ecr",
            Service::Ec2 => "ec2",
            Service::Iam => "iam",
            Service::Sts => "sts",
        };
        let subjects = ["RoleName", "GroupId", "GroupName", "VpcEndpointId.1", "ResourceId.1", "ServiceName"];
        let in_form = subjects.iter().map(|name| request.form.text(name));
        let mut subject = in_form.chain(["repositoryName", "resourceArn"].iter().map(|name| request.text(name)));
        account.log.push(Record {
            action: format!("{service}:{}", request.action),
            subject: subject.find(|text| !text.is_empty()).unwrap_or_default().to_owned(),
            refused: answer.as_ref().err().map(|refusal| refusal.1),
            is_write: request.is_write(),
        });
        answer
    }
}

fn response(service: Service, answer: Answer) -> HttpResponse {
    let (status, body) = match answer {
        Ok(body) => (200, body),
        Err(refusal) => (refusal.0, xml::refusal(service, &refusal)),
    };
    let status = StatusCode::try_from(status).expect("it is a status");
    HttpResponse::new(status, SdkBody::from(body))
}

#[derive(Debug)]
struct Connector(Process);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.0.clone().call(request))
    }
}
