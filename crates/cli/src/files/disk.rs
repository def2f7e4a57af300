//! Writing so that a crash leaves the old file or the new one, never half of either; reading with a limit.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// The file exists already.
    #[error("{} exists already and is never overwritten: move it away first if you are sure", .0.display())]
    Exists(PathBuf),
    /// The file does not exist.
    #[error("{} does not exist", .0.display())]
    Missing(PathBuf),
    /// The file is longer than anything that could be in it.
    #[error("{} is longer than {limit} bytes, so it is not what it should be", path.display())]
    TooLong {
        /// which file
        path: PathBuf,
        /// the most bytes it could have
        limit: u64,
    },
    /// The system said no.
    #[error("{}: {cause}", path.display())]
    System {
        /// which file
        path: PathBuf,
        /// what the system said
        cause: io::Error,
    },
}

fn at(path: &Path) -> impl Fn(io::Error) -> DiskError + '_ {
    |cause| DiskError::System {
        path: path.to_owned(),
        cause,
    }
}

/// Writes a file that did not exist, readable by its owner alone, and waits until it is on the disk.
///
/// # Errors
/// [`DiskError::Exists`], or what the system says.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let draft = write_draft(path, bytes, OWNER)?;
    // A link, unlike a renaming, fails where the name is taken.
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft).map_err(at(&draft))?;
    linked.map_err(|cause| match cause.kind() {
        ErrorKind::AlreadyExists => DiskError::Exists(path.to_owned()),
        _ => at(path)(cause),
    })?;
    sync_parent(path)
}

/// Writes a file, over an older one if there is one, and waits until it is on the disk.
///
/// # Errors
/// What the system says.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    replace_with_mode(path, bytes, OWNER)
}

/// The same for a file everybody may read.
///
/// # Errors
/// What the system says.
pub fn replace_public(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    replace_with_mode(path, bytes, EVERYBODY)
}

const OWNER: u32 = 0o600;
const EVERYBODY: u32 = 0o644;

fn replace_with_mode(path: &Path, bytes: &[u8], mode: u32) -> Result<(), DiskError> {
    let draft = write_draft(path, bytes, mode)?;
    fs::rename(&draft, path).map_err(at(path))?;
    sync_parent(path)
}

fn write_draft(path: &Path, bytes: &[u8], mode: u32) -> Result<PathBuf, DiskError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.draft", std::process::id()));
    let draft = path.with_file_name(name);
    // Left by a crash of a process that had the same number.
    match fs::remove_file(&draft) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(at(&draft)(cause)),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(&draft).map_err(at(&draft))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(at(&draft))?;
    Ok(draft)
}

/// The name of a file is on the disk only once its folder is.
fn sync_parent(path: &Path) -> Result<(), DiskError> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    File::open(parent)
        .and_then(|folder| folder.sync_all())
        .map_err(at(parent))
}

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// [`DiskError`].
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, DiskError> {
    let file = File::open(path).map_err(|cause| match cause.kind() {
        ErrorKind::NotFound => DiskError::Missing(path.to_owned()),
        _ => at(path)(cause),
    })?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(at(path))?;
    if bytes.len() as u64 > limit {
        return Err(DiskError::TooLong {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(bytes)
}

/// Reads a file that may not be there.
///
/// # Errors
/// [`DiskError`], but not for a missing file.
pub fn read_if_there(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, DiskError> {
    match read(path, limit) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(DiskError::Missing(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a folder, and those it lies in.
///
/// # Errors
/// What the system says.
pub fn make_folder(path: &Path) -> Result<(), DiskError> {
    fs::create_dir_all(path).map_err(at(path))
}

/// Removes a file that may not be there.
///
/// # Errors
/// What the system says.
pub fn remove(path: &Path) -> Result<(), DiskError> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(at(path)(cause)),
        _ => Ok(()),
    }
}
