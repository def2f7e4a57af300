//! `urne serve` as a program of this package: what its tests start as a real process is as new as they are.

use std::process::ExitCode;

use clap::Parser;
use urne_cli::serve::{self, Serve};

#[derive(Parser)]
enum Program {
    Serve(Serve),
}

fn main() -> ExitCode {
    let Program::Serve(arguments) = Program::parse();
    match serve::run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("server: {}", why.message);
            ExitCode::FAILURE
        }
    }
}
