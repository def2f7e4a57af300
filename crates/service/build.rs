//! The booth is built by `cargo xtask booth` into a folder; whatever stands there goes into the server's own binary.

fn main() {
    let dist = std::path::Path::new("../booth/dist");
    println!("cargo:rerun-if-changed={}", dist.display());
    // A server without a booth is built from an empty folder.
    if let Err(error) = std::fs::create_dir_all(dist) {
        println!("cargo:warning={}: {error}", dist.display());
    }
}
