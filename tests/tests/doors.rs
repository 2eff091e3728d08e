//! The doors of a site, with real certificates: what staff and personal details may pass through.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;

use end_to_end::http::Http;
use end_to_end::journey::account::{ORGANISER, VOLUNTEER};
use end_to_end::journey::{fair, material};
use end_to_end::process::LISTENING;
use end_to_end::site::Site;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::Method;
use serde_json::{Value, json};

/// Somebody who leaves a phone number, so that employers may call.
fn with_phone() -> Value {
    json!({
        "form_of_address": "王女士",
        "phone": "13800138000",
        "purposes": ["contact"],
        "notice_version": 1,
    })
}

#[tokio::test]
async fn staff_and_phone_numbers_pass_through_tls_and_not_through_the_open_network() {
    let directory = tempfile::tempdir().unwrap();
    let (site, tls) = site_with_tls(directory.path()).await;
    let organiser = site.set_up(ORGANISER.login, ORGANISER.password).await.unwrap();
    fair::plan(&organiser).await.unwrap();
    fair::import(&organiser, material::small_workbook().unwrap()).await.unwrap();
    VOLUNTEER.create(&organiser, None).await.unwrap();
    fair::open(&organiser).await.unwrap();

    let sign_in = json!({ "login": VOLUNTEER.login, "password": VOLUNTEER.password });
    let told = tls.post("/api/v1/sign-in", &sign_in).await.unwrap().success().unwrap();
    let form = format!("login={}&password={}", VOLUNTEER.login, VOLUNTEER.password);
    let form = Some(("application/x-www-form-urlencoded", form.into_bytes()));
    let page = tls.send(Method::POST, "/sign-in", form).await.unwrap();
    let cookie = page.header("set-cookie").unwrap();
    for part in ["__Host-", "Secure", "HttpOnly", "SameSite=", "Path=/"] {
        assert!(cookie.contains(part), "{part} is not in {cookie}");
    }
    let token: Value = serde_json::from_slice(&told.body).unwrap();
    let volunteer = tls.with_token(token["token"].as_str().unwrap());
    volunteer.get("/api/v1/consultations").await.unwrap().success().unwrap();
    tls.post("/api/v1/seekers", &with_phone()).await.unwrap().success().unwrap();

    // As a proxy says it of somebody from elsewhere: no better than the open network.
    let open = site.http().unwrap().from_elsewhere();
    let refused = open.post("/api/v1/sign-in", &sign_in).await.unwrap();
    assert_eq!((refused.status, refused.code().unwrap().as_str()), (403, "staff_door_plain"));
    let borrowed = open.with_token(token["token"].as_str().unwrap());
    let refused = borrowed.get("/api/v1/consultations").await.unwrap();
    assert_eq!((refused.status, refused.code().unwrap().as_str()), (403, "staff_door_plain"));
    let refused = open.post("/api/v1/seekers", &with_phone()).await.unwrap();
    assert_eq!((refused.status, refused.code().unwrap().as_str()), (403, "personal_on_plain"));
    let guest = json!({ "form_of_address": "王女士", "notice_version": 1 });
    open.post("/api/v1/seekers", &guest).await.unwrap().success().unwrap();
}

#[tokio::test]
async fn a_certificate_that_is_none_is_named_before_anything_is_open() {
    let directory = tempfile::tempdir().unwrap();
    let wrong = directory.path().join("wrong.pem");
    std::fs::write(&wrong, "no certificate").unwrap();
    for file in [wrong, directory.path().join("missing.pem")] {
        let name = file.to_str().unwrap();
        let more = ["--listen-tls", "127.0.0.1:0", "--tls-cert", name, "--tls-key", name];
        let started = Site::start(&directory.path().join("site"), "127.0.0.1:0", &more).await;
        let said = format!("{:#}", started.unwrap_err());
        assert!(said.contains(name), "{said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}

/// A fresh site with a certificate of its own, and somebody who trusts it.
async fn site_with_tls(directory: &Path) -> (Site, Http) {
    let names = vec!["127.0.0.1".to_owned()];
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
    let (certificate, key) = (directory.join("fair.pem"), directory.join("fair.key"));
    std::fs::write(&certificate, cert.pem()).unwrap();
    std::fs::write(&key, signing_key.serialize_pem()).unwrap();
    let (cert_file, key_file) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    let more = ["--listen-tls", "127.0.0.1:0", "--tls-cert", cert_file, "--tls-key", key_file];
    let site = Site::start(&directory.join("site"), "127.0.0.1:0", &more).await.unwrap();
    let rest = site.process.printed_after(&format!("{LISTENING}https")).await.unwrap();
    let tls = Http::trusting(&format!("https{rest}"), cert.pem().as_bytes()).unwrap();
    (site, tls)
}
