//! SMTP (RFC 5321), the server's side of a session. It has no input or output of its own: the caller brings the
//! lines of the client, and sends the replies.

mod data;
mod login;
mod own;
mod refusal;
mod reply;
mod server;
mod session;
mod transaction;

pub use data::{CHUNK, LineEnds, Piece, Unstuffer};
pub use login::Login;
pub use own::OwnCommand;
pub use reply::Reply;
pub use server::Server;
pub use session::{IDLE, MAX_LINE, Next, Offers, Session};
pub use transaction::Transaction;
