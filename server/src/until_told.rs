//! Runs a server until Ctrl-C or a service manager ends it.

use std::future::Future;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use web::Stop;

/// Runs a server on all cores, and lets it stop cleanly when told.
pub(crate) fn run<F, E>(server: impl FnOnce(Stop) -> F) -> anyhow::Result<ExitCode>
where
    F: Future<Output = Result<(), E>>,
    E: std::error::Error + Send + Sync + 'static,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let (stopper, stop) = web::stop::pair();
        let mut interrupted = signal(SignalKind::interrupt())?;
        let mut terminated = signal(SignalKind::terminate())?;
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupted.recv() => {}
                _ = terminated.recv() => {}
            }
            tracing::info!("told to stop");
            stopper.stop();
        });
        server(stop).await?;
        Ok(ExitCode::SUCCESS)
    })
}
