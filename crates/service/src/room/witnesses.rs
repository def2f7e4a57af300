//! Asking witnesses to cosign, by the C2SP tlog-witness protocol.
//!
//! All are asked at once; as soon as a quorum has answered the checkpoint counts. A witness that knows a later state of the
//! log than we do has seen what our database has lost: if more witnesses say so than may lie, the room halts.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, mpsc};
use tokio::task::spawn_blocking;
use urne_board::checkpoint::SignedCheckpoint;
use urne_board::note::{MAX_NOTE_BYTES, SignatureLine, VerifierKey};
use urne_board::witness::{AddCheckpoint, Answer};

use super::shared::Shared;

/// Why a checkpoint has no quorum.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum WitnessTrouble {
    #[error("{cosigned} of the {quorum} witnesses needed have cosigned; {}", .reasons.join("; "))]
    TooFew {
        cosigned: usize,
        quorum: usize,
        reasons: Vec<String>,
    },
    #[error(
        "witnesses have seen more of this board, or another board, than the database holds ({0}): put the newest database back"
    )]
    Ahead(String),
    #[error("the checkpoint does not hold with its cosignatures: {0}")]
    Policy(String),
}

/// The witnesses of one manifest.
pub(super) struct Witnesses {
    list: Vec<Arc<Witness>>,
    agent: ureq::Agent,
}

struct Witness {
    key: VerifierKey,
    /// where `add-checkpoint` is, if the operator has said
    url: Option<String>,
    /// the size it cosigned last, as far as we know
    seen: Mutex<u64>,
    /// held while it is asked: one question at a time
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// What came of asking one witness.
enum Outcome {
    Cosigned(SignatureLine),
    /// it has seen what this board does not have
    Contradicts(String),
    Failed(String),
}

impl Witnesses {
    pub(super) fn new(shared: &Shared) -> Witnesses {
        let settings = &shared.settings;
        let witness = |key: &VerifierKey| {
            let prefix = settings.witnesses.get(key.name().as_str());
            Arc::new(Witness {
                key: key.clone(),
                url: prefix
                    .map(|prefix| format!("{}/add-checkpoint", prefix.trim_end_matches('/'))),
                seen: Mutex::new(0),
                turn: Arc::default(),
            })
        };
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_millis(settings.witness_timeout_ms)))
            .http_status_as_error(false)
            .max_redirects(0)
            .build()
            .into();
        Witnesses {
            list: shared.policy.witnesses().iter().map(witness).collect(),
            agent,
        }
    }

    /// Has a checkpoint cosigned by a quorum. Without witnesses it comes back as it is.
    pub(super) async fn cosign(
        &self,
        shared: &Arc<Shared>,
        mut signed: SignedCheckpoint,
    ) -> Result<SignedCheckpoint, WitnessTrouble> {
        let quorum = shared.policy.quorum();
        if quorum == 0 {
            return Ok(signed);
        }
        let mut outcomes = self.ask_all(shared, &signed);
        let (mut cosigned, mut contradicting) = (0, 0);
        let mut reasons = Vec::new();
        while let Some((name, outcome)) = outcomes.recv().await {
            match outcome {
                Outcome::Cosigned(line) => match signed.add_cosignature(line) {
                    Ok(()) => cosigned += 1,
                    Err(error) => reasons.push(format!("{name}: {error}")),
                },
                Outcome::Contradicts(why) => {
                    reasons.push(format!("{name}: {why}"));
                    contradicting += 1;
                }
                Outcome::Failed(why) => reasons.push(format!("{name}: {why}")),
            }
            // More than may lie: at least one of them tells the truth.
            if contradicting > shared.constants.manifest.witnesses.faulty {
                return Err(WitnessTrouble::Ahead(reasons.join("; ")));
            }
            if cosigned == quorum {
                let verified = shared.policy.verify(&signed);
                return match verified {
                    Ok(_) => Ok(signed),
                    Err(error) => Err(WitnessTrouble::Policy(error.to_string())),
                };
            }
        }
        Err(WitnessTrouble::TooFew {
            cosigned,
            quorum,
            reasons,
        })
    }

    /// Asks all witnesses, each on a thread of its own. Those that answer after the quorum are only remembered. One that still
    /// ponders an earlier question is asked when it has answered, if somebody listens yet.
    fn ask_all(
        &self,
        shared: &Arc<Shared>,
        signed: &SignedCheckpoint,
    ) -> mpsc::Receiver<(String, Outcome)> {
        let (sender, receiver) = mpsc::channel(self.list.len().max(1));
        for witness in &self.list {
            let (witness, shared, sender) =
                (Arc::clone(witness), Arc::clone(shared), sender.clone());
            let (agent, signed) = (self.agent.clone(), signed.clone());
            let turn = Arc::clone(&witness.turn);
            let heard = sender.clone();
            let ask = move |turn: OwnedMutexGuard<()>| {
                let outcome = witness.ask(&agent, &shared, signed);
                drop(turn);
                let name = witness.key.name().to_string();
                // Nobody listens once there is a quorum.
                let _ = sender.blocking_send((name, outcome));
            };
            match Arc::clone(&turn).try_lock_owned() {
                Ok(turn) => drop(spawn_blocking(move || ask(turn))),
                Err(_) => drop(tokio::spawn(async move {
                    tokio::select! {
                        turn = turn.lock_owned() => drop(spawn_blocking(move || ask(turn))),
                        () = heard.closed() => {}
                    }
                })),
            }
        }
        receiver
    }
}

impl Witness {
    fn ask(&self, agent: &ureq::Agent, shared: &Shared, signed: SignedCheckpoint) -> Outcome {
        let Some(url) = &self.url else {
            return Outcome::Failed("the configuration gives no address".into());
        };
        let ours = signed.checkpoint().size();
        // Once from where we think it is, and once from where it says it is.
        for _ in 0..2 {
            let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen > ours {
                return Outcome::Contradicts(format!("it has seen {seen} entries"));
            }
            let proof = shared.state().tree().consistency_proof(seen, ours);
            let request = proof
                .ok_or_else(|| "no proof from what it has seen".to_owned())
                .and_then(|proof| {
                    AddCheckpoint::new(seen, proof, signed.clone()).map_err(|e| e.to_string())
                });
            let request = match request {
                Ok(request) => request,
                Err(why) => return Outcome::Failed(why),
            };
            match self.post(agent, url, &request) {
                Ok(Answer::Cosigned { line, .. }) => {
                    self.remember(ours);
                    return Outcome::Cosigned(line);
                }
                Ok(Answer::Stale { size }) if size <= ours => self.remember(size),
                Ok(answer @ (Answer::Stale { .. } | Answer::Conflict | Answer::NotConsistent)) => {
                    return Outcome::Contradicts(in_words(&answer));
                }
                Ok(other) => return Outcome::Failed(in_words(&other)),
                Err(why) => return Outcome::Failed(why),
            }
        }
        Outcome::Failed("it does not say where it stands".into())
    }

    fn remember(&self, size: u64) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = size;
    }

    fn post(
        &self,
        agent: &ureq::Agent,
        url: &str,
        request: &AddCheckpoint,
    ) -> Result<Answer, String> {
        let mut response = agent
            .post(url)
            .header("Content-Type", "text/plain; charset=utf-8")
            .send(request.body())
            .map_err(|error| format!("it does not answer: {error}"))?;
        let body = response
            .body_mut()
            .with_config()
            .limit(MAX_NOTE_BYTES as u64)
            .read_to_vec()
            .map_err(|error| format!("its answer cannot be read: {error}"))?;
        Ok(request.read_answer(response.status().as_u16(), &body, &self.key))
    }
}

fn in_words(answer: &Answer) -> String {
    match answer {
        Answer::Cosigned { .. } => "it cosigned".into(),
        Answer::Unusable(error) => format!("its cosignature cannot be used: {error}"),
        Answer::Stale { size } => format!("it has seen {size} entries"),
        Answer::Conflict => "it has seen another state of this size".into(),
        Answer::NotConsistent => "it says this board does not continue the one it knows".into(),
        Answer::UnknownLog => "it does not follow this log: ask its operator".into(),
        Answer::LogSignatureRefused => "it does not accept the log's signature".into(),
        Answer::Malformed => "it could not read the request".into(),
        Answer::Other(status) => format!("it answered {status}"),
    }
}
