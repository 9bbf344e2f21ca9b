//! `make docs`: writes the pages of the provider `rosa`, and the reference in README.md.

use std::path::Path;
use std::{fs, io};

use rosa_ecr_aws::RosaProvider;
use rosa_ecr_manual::{Examples, Guides, pages, with_reference, write};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(""));
    let pages =
        pages::<RosaProvider>(&Examples::read(&root.join("examples"))?, &Guides::read(&root.join("docs/guides"))?);
    write(root, &pages)?;
    let readme = root.join("README.md");
    let text = with_reference::<RosaProvider>(&fs::read_to_string(&readme)?, "rosa_ecr")
        .ok_or_else(|| io::Error::other("README.md has no place for the reference"))?;
    fs::write(&readme, text)?;
    println!("docs: {} pages; README.md: the reference of rosa_ecr", pages.len());
    Ok(())
}
