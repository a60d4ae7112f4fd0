//! The HTTP client, a blocking interface to reqwest. No other module uses reqwest.

mod builder;
mod connection;
mod pool;
mod reuse;
mod verifier;

use std::time::Duration;

use self::connection::{Connection, Network};
use self::pool::Pool;
use super::{Cause, Failure, Reason, Request, Response, Transport, roots};
use crate::seams::Environment;

pub use self::connection::MAX_RESPONSE;

/// HTTP/1.1 over TLS. Threads may share it and its connections; each request blocks its thread. The client
/// follows no redirect and repeats no request.
///
/// The first request reads the settings.
pub struct Client {
    environment: Environment,
    pool: Pool,
    /// For the endpoints of this host's platform.
    platform: Pool,
}

impl Client {
    /// A client with the proxy and the certificate authorities that `environment` names:
    /// `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` (or in lower case), `SSL_CERT_FILE`, `SSL_CERT_DIR`.
    #[must_use]
    pub fn new(environment: &Environment) -> Self {
        Self {
            environment: environment.clone(),
            pool: Pool::default(),
            platform: Pool::default(),
        }
    }

    /// A connection for this request from its pool.
    fn connection(&self, request: &Request) -> Result<(&Pool, Connection), Failure> {
        let is_platform = request.url.is_platform();
        let pool = if is_platform {
            &self.platform
        } else {
            &self.pool
        };
        let connection = pool.take(|| match is_platform {
            true => Network::of_platform(request.timeout),
            false => Network::new(&self.environment, request.timeout),
        })?;
        Ok((pool, connection))
    }
}

impl Transport for Client {
    fn execute(&self, request: &Request) -> Result<Response, Failure> {
        self.execute_unless(request, &|| false)
    }

    fn execute_unless(
        &self,
        request: &Request,
        stops: &dyn Fn() -> bool,
    ) -> Result<Response, Failure> {
        let host = request.url.host();
        let unfit = |text| Err(Failure::NotConfigured(Cause::new(Reason::Request, text)));
        if request.url.expose().scheme() != "https" && !request.url.may_be_plain() {
            return unfit(format!("{host} would be reached without TLS"));
        }
        let bears = request.bearer.is_some();
        if bears && (request.url.is_confidential() || request.url.is_platform()) {
            return unfit(format!(
                "{host} would receive an access token that is not for it"
            ));
        }
        let (pool, connection) = self.connection(request)?;
        if request.url.expose().scheme() == "https" && !connection.network.trusts_any {
            return Err(roots::none());
        }
        let answer = connection.block_on(request, stops);
        match &answer {
            // Graph, "Best practices": after a 503, use a new connection, which may reach another front end.
            Ok(response) if response.status == 503 => pool.clear(),
            _ => pool.give_back(connection),
        }
        answer
    }

    fn prepare(&self, timeout: Duration) {
        self.pool
            .prepare(|| Network::new(&self.environment, timeout));
    }
}
