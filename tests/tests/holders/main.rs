//! One declaration, one object: labels that are renamed, objects that are declared twice, tainted resources, and applies
//! that are killed between the two labels of a rename.

mod configurations;
mod kills;
mod renames;
mod scene;
mod tainted;
mod twins;
