//! Starts the service: one thread with all connections, threads that wait for the disk, and threads that send.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::listeners::Listener;
use super::log::Log;
use super::service::Service;
use super::tls::Tls;
use super::{intake, server};
use crate::commands::host::running::Running;
use crate::commands::outbox::tries::{self, Tried, Tries};
use crate::commands::report::{Result, WithContext as _};
use crate::commands::send::log as audit;
use crate::commands::{Context, deliver, ledger};
use crate::exit::Class;
use crate::interrupt;
use crate::mutex::locked;
use crate::outbox::Outbox;

/// How often the outbox is read: for entries that are due again, and those of other programs.
const RESCAN: Duration = Duration::from_mins(1);

/// The number of times that the outbox is read until it is tidied again: an hour.
const SCANS: u32 = 60;

/// Runs the service until a signal sets `stop`.
pub(super) fn run(
    (listeners, stop): (Vec<Listener>, Arc<AtomicBool>),
    tls: Tls,
    context: &Context<'_>,
) -> Result<()> {
    let (root, seams) = (deliver::folder(context)?, context.seams.as_ref());
    let outbox = Outbox::open(&root, seams)?;
    let running = Running::begin(&root, listeners.iter().find_map(Listener::plain));
    let at_work = ledger::at_work(&context.settings.file()?.outbox);
    let syslog = audit::syslog(context)?;
    let log = Log::new(context.ui, syslog.as_ref(), seams);
    if let Err(error) = &running {
        log.line(&format!("warning: doctor cannot find the service: {error}"));
    }
    let last_sent = Mutex::new(None);
    let done = |tried: &Tried<'_>| {
        if tried.class == Class::Success {
            *locked(&last_sent) = Some(seams.now());
        }
        log.tried(tried);
    };
    let log_file = audit::Log::of_file(context)?;
    let keys = outbox.keys()?;
    let tries = Tries::new(
        (outbox, keys),
        (log_file, at_work),
        Arc::clone(&stop),
        &done,
    )
    .of_service();
    let how = (log, context.shared());
    let service = Service::new(seams.host_name(), how, (outbox, &tries), &last_sent, tls);
    let (intake, jobs) = intake::new();
    let served = std::thread::scope(|scope| {
        for _ in 0..tries::THREADS {
            scope.spawn(|| tries.work(|| service.shared()));
        }
        for _ in 0..intake::THREADS {
            scope.spawn(|| jobs.work(&service));
        }
        // It may wait for the network, for which what is due does not.
        scope.spawn(|| service.check_sign_in());
        scope.spawn(|| keep_house(&service, &stop));
        let served = server::run(listeners, &service, &intake);
        drop(intake);
        stop.store(true, Ordering::Relaxed);
        tries.wake();
        served
    });
    served.context("accepting connections")
}

/// Tries what is due again, and reports what failed, until the service ends.
fn keep_house(service: &Service<'_, '_>, stop: &AtomicBool) {
    for scans in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let tidied = match scans % SCANS {
            0 => service.tidy(),
            _ => Ok(()),
        };
        if let Err(error) = tidied.and_then(|()| service.scan()) {
            let line = format!("warning: reading the outbox: {}", error.words());
            service.log.line(&line);
        }
        interrupt::rest(RESCAN);
    }
}
