//! The command people type.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use urne_cli::demo::command::Demo;
use urne_cli::failure::Outcome;
use urne_cli::people::context::{Context, ElectionId};
use urne_cli::people::operator::OperatorCommand;
use urne_cli::people::organizer::OrganizerCommand;
use urne_cli::people::receipt;
use urne_cli::people::registrar::RegistrarCommand;
use urne_cli::people::trustee::TrusteeCommand;
use urne_cli::people::voter::VoterCommand;
use urne_cli::replay::command::Replay;
use urne_cli::serve;
use urne_cli::wire::board::Board;
use urne_cli::{backup, mirror};

/// Verifiable elections for decisions people make about their own lives.
///
/// Each role has its own commands, in the order they are needed: `urne organizer --help`, and so on. Each role works in a folder
/// of its own, one per election. docs/an-election-by-hand.md goes through a whole election.
///
/// Exit codes: 0 done; 1 failed, and the message says what to do; 2 not understood, and nothing was done; 3 not yet: somebody else
/// is to act first, or a server does not answer, run it again later; 4 a board was shown that cannot be believed. `urne check` has
/// more: see its help.
#[derive(Parser)]
#[command(name = "urne", version, max_term_width = 110)]
struct Arguments {
    #[command(flatten)]
    context: Context,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one command, read once")]
enum Command {
    Demo(Demo),
    Serve(serve::Serve),
    /// The operator of a server: runs it, keeps copies of it, lets somebody create an election
    ///
    /// In this order: urne serve --new-operator-token (once), urne serve --config urne.toml (it runs until Ctrl-C), then in another
    /// terminal invite, once for each election; urne backup and urne rehearse from time to time, urne restore after a loss.
    ///
    /// Files: urne.toml (settings; docs/urne.example.toml explains each), the data folder it names (database, published boards, and
    /// the server's secret: readable by the server alone; keep copies as carefully as the original). The operator's token stands
    /// in no file of the server, which keeps only its hash.
    ///
    /// Example: urne operator invite https://vote.example --token-file operator.token --note "the bench" > invitation.token
    #[command(subcommand)]
    Operator(OperatorCommand),
    /// The organizer: decides what is asked, invites everybody, opens and closes the box
    ///
    /// In this order: new, draft, seat (for each trustee and registrar), found, then, when the trustees have dealt, confirmed
    /// and passed the drill and the roll stands, open; at last close.
    ///
    /// Files in the folder: organizer.key.age (your key, under your passphrase; keep a copy elsewhere), organizer.memory (what you
    /// opened and closed; never go back to an older copy), connection.json (secret: lets whoever has it act for you before the
    /// founding), election.id (public; what everybody checks the election by), sent/ (what you sent, as it was).
    #[command(subcommand)]
    Organizer(OrganizerCommand),
    /// A trustee: holds a share of the key that opens the box
    ///
    /// In this order: enrol, fingerprints, deal, confirm, drill; after the closing seal, decrypt; when everybody is content,
    /// destroy. Each step waits for the others (exit code 3: run it again later).
    ///
    /// Files in the folder: trustee.key.age (your key, under your passphrase; keep a copy of both elsewhere until the count, then
    /// erase all of them), trustee.memory (what this key dealt and sealed; keep it here, never go back to an older copy),
    /// connection.json (secret until the founding), sent/ (what you sent, as it was).
    #[command(subcommand)]
    Trustee(TrusteeCommand),
    /// A registrar: makes the voting codes and says who may vote
    ///
    /// A registrar is the person; the protocol, the manifest and the verifier's reports call this party the issuer.
    ///
    /// In this order: enrol, voters, publish, letters, forget; while the box is open add, remove, replace. With two registrars each
    /// runs publish, add, remove and replace, naming the same, and the commands wait for each other.
    ///
    /// Files in the folder: registrar.key.age and register.age (under one passphrase; the register holds the codes until `forget`,
    /// and whose line is whose until you delete it), rows.csv (for the other registrar; then delete it), letters/ and envelopes.csv
    /// (secret; delete them once delivered), parcels/ (what the other registrar got), connection.json (secret).
    #[command(subcommand)]
    Registrar(RegistrarCommand),
    /// A voter: votes, and checks with a second device that the first one is honest
    ///
    /// In this order: test (as often as you like, with check on a second device), vote (again, if you change your mind: the last
    /// vote counts); after the closing urne check RECEIPT BOARD. You need the letter of each registrar, and your identifier, which
    /// stands on none of them.
    ///
    /// Files in the folder: receipt-N.json (proves that your vote is on the board, and not what it says: keep it until the result
    /// stands), sent/ (a ballot on its way: run vote again there if it was interrupted), refusal.json (what the server signed, if it
    /// refused). No file holds your code or your choices in the clear.
    ///
    /// Example: urne voter vote --letter letter-0001.txt --folder my-vote
    #[command(subcommand)]
    Voter(VoterCommand),
    /// Say what became of the ballot of a receipt
    ///
    /// Exit codes: 0 it counts; 10 replaced by a later ballot; 11 cancelled by a change of the roll; 12 on the board but void;
    /// 13 not on the board; 14 two boards were shown; 1 the receipt cannot be used, or there is no such board; 3 no answer;
    /// 4 the board cannot be believed.
    Check {
        /// The receipt file
        receipt: PathBuf,
        /// Address of the board, or a folder with a copy
        board: String,
        /// The election id on the letter, to compare
        #[arg(long, value_name = "ID", allow_hyphen_values = true)]
        election: Option<ElectionId>,
    },
    /// Copy a board into a folder (nothing is checked; that is urne-verify's)
    Mirror {
        /// Address of the board, such as http://HOST/boards/ELECTION
        board: String,
        /// The folder: new, empty, or an older copy of the same board
        into: PathBuf,
    },
    /// Copy a server's data folder, also while it runs
    ///
    /// The copy holds the server's secret. `urne rehearse` proves that it can be used.
    Backup {
        /// The data folder
        data: PathBuf,
        /// A folder that does not exist yet
        to: PathBuf,
    },
    /// Prove that a copy can be read: judge every entry of every board in it again
    Rehearse {
        /// The copy
        from: PathBuf,
        /// The folder with what was published since: DATA/published of the server, or what is left of it
        #[arg(long, value_name = "DIR")]
        published: Option<PathBuf>,
    },
    /// Put a copy back, unless it is behind what was published
    Restore {
        /// The copy
        from: PathBuf,
        /// The data folder: without a database; what it still has in `published` is compared
        data: PathBuf,
        /// Restore although elections are behind, and give these up for good
        #[arg(long)]
        give_up: bool,
    },
    Replay(Replay),
}

fn main() -> ExitCode {
    let Arguments { context, command } = Arguments::parse();
    match run(&context, command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("urne: {}", failure.message);
            failure.exit_code()
        }
    }
}

fn run(context: &Context, command: Command) -> Outcome {
    match command {
        Command::Demo(arguments) => arguments.run(context),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Operator(command) => command.run(context),
        Command::Organizer(command) => command.run(context),
        Command::Trustee(command) => command.run(context),
        Command::Registrar(command) => command.run(context),
        Command::Voter(command) => command.run(context),
        Command::Check {
            receipt: file,
            board,
            election,
        } => receipt::check(context, &file, &board, election),
        Command::Mirror { board, into } => mirror::run(context, &Board::at(&board)?, &into),
        Command::Backup { data, to } => backup::backup(context, &data, &to),
        Command::Rehearse { from, published } => {
            backup::rehearse(context, &from, published.as_deref())
        }
        Command::Restore {
            from,
            data,
            give_up,
        } => backup::restore(context, &from, &data, give_up),
        Command::Replay(arguments) => arguments.run(context),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn every_command_and_option_is_well_formed_and_explained() {
        let mut command = Arguments::command();
        command.build();
        fn explained(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                let id = argument.get_id();
                assert!(argument.get_help().is_some(), "{} {id}", command.get_name());
                // One in 64 values in base64url begins with a hyphen, and is no option.
                let encoded = ["election", "half", "tracker"].contains(&id.as_str());
                assert!(!encoded || argument.is_allow_hyphen_values_set(), "{id}");
            }
            command
                .get_subcommands()
                .filter(|inner| inner.get_name() != "help")
                .for_each(explained);
        }
        command.clone().debug_assert();
        explained(&command);
    }
}
