//! The whole journey of a fair, through real processes.

use end_to_end::journey::{Report, walk};

#[tokio::test]
async fn a_fair_from_ticket_to_headquarters() {
    let directory = tempfile::tempdir().unwrap();
    walk(&Report::default(), directory.path()).await.unwrap();
}
