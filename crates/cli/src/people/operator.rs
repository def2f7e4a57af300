//! The operator of a server: lets somebody create one election.

use clap::Subcommand;
use serde_json::json;

use super::context::{Context, TokenArguments};
use crate::failure::Outcome;
use crate::wire::server::Server;

/// What the operator types.
#[derive(Debug, Subcommand)]
pub enum OperatorCommand {
    /// Make an invitation: a secret word with which one person creates one election
    ///
    /// Hand it to the organizer by a way others cannot read. It is shown once and works once.
    /// The operator's token is read from --token-file, the variable URNE_OPERATOR_TOKEN, or asked.
    Invite {
        /// Address of the server
        server: String,
        /// For your own memory: whom it is for
        #[arg(long, default_value = "")]
        note: String,
        /// who asks
        #[command(flatten)]
        token: TokenArguments,
    },
}

impl OperatorCommand {
    /// Does it.
    ///
    /// # Errors
    /// In words.
    pub fn run(self, context: &Context) -> Outcome {
        let OperatorCommand::Invite {
            server,
            note,
            token,
        } = self;
        let token = token.read("operator's token", "URNE_OPERATOR_TOKEN")?;
        let invitation = Server::at(&server)?
            .with_token(&token)
            .invite(&note)?
            .invitation;
        context.note("This invitation creates one election. It is shown only now:");
        context.tell(&invitation, &json!({ "invitation": invitation }));
        Ok(())
    }
}
