//! China EMS' side of the wire, written from its open platform's interface 040001 as its contract customers' public
//! programs use it (read 2026-11-23). Shares nothing with the parser.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::{Value, json};

use super::sm4;
use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxRequest, SandboxResponse, Scan, Step, World, secret,
};

/// The bytes of the key.
const KEY: [u8; sm4::BLOCK_BYTES] = *b"sandbox-sign_key";

/// China EMS, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(ChinaEms)
}

struct ChinaEms;

impl Sandbox for ChinaEms {
    fn source(&self) -> &'static str {
        "ems.china"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        if request.method != "POST" || request.path != "/amp-prod-api/f/amp/api/open" {
            return SandboxResponse {
                status: 405,
                content_type: "text/html",
                body: b"<html></html>".to_vec(),
            };
        }
        let form: Vec<_> = url::form_urlencoded::parse(&request.body).collect();
        let field = |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_ref());
        if field("senderNo") != Some("sandbox-sender_no")
            || field("authorization") != Some("sandbox-authorization")
        {
            return self.refuse(Refusal::Unauthorized);
        }
        let time = field("timeStamp").and_then(|t| DateTime::strptime("%Y-%m-%d %H:%M:%S", t).ok());
        if field("apiCode") != Some("040001") || field("msgType") != Some("0") || time.is_none() {
            return refused("B0002", "合成错误：参数错误");
        }
        let Some(question) = field("logitcsInterface").and_then(question) else {
            return refused("B0003", "合成错误：签名错误");
        };
        let number = question["waybillNo"].as_str().unwrap_or_default();
        let told = world.parcel(number).map(|parcel| {
            parcel.happened(world.now()).filter_map(|step| event(parcel, step)).collect::<Vec<_>>()
        });
        let events = json!({"responseItems": told.unwrap_or_default()});
        answer(&json!({
            "serialNo": "SANDBOX0001",
            "senderNo": "sandbox-sender_no",
            "retCode": "00000",
            "retMsg": "成功",
            "retDate": china_time(world.now()),
            "success": true,
            "retBody": events.to_string(),
        }))
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => refused("B0004", "合成错误：访问频率超限"),
            Refusal::Unavailable => refused("B9999", "合成错误：系统异常"),
            Refusal::Unauthorized => refused("B0001", "合成错误：授权码无效"),
        }
    }
}

/// The question behind the ciphertext: JSON, and after it the key's own text.
fn question(field: &str) -> Option<Value> {
    let cipher = STANDARD.decode(field.strip_prefix("|$4|")?).ok()?;
    let plain = String::from_utf8(sm4::decrypted(KEY, &cipher)?).ok()?;
    serde_json::from_str(plain.strip_suffix(&secret("sign_key"))?).ok()
}

fn answer(body: &Value) -> SandboxResponse {
    SandboxResponse { status: 200, content_type: "application/json", body: body.to_string().into_bytes() }
}

fn refused(code: &str, message: &str) -> SandboxResponse {
    answer(&json!({
        "serialNo": "SANDBOX0002", "retCode": code, "retMsg": message, "retBody": null, "success": false,
    }))
}

/// opCode, opName, the code beside it. Nothing is known that says of a label that it is void, nor a notice.
fn words(scan: Scan) -> Option<[&'static str; 3]> {
    Some(match scan {
        Scan::Voided | Scan::Notice => return None,
        Scan::Label => ["764", "下单", ""],
        Scan::PickedUp => ["203", "收寄计费信息", ""],
        Scan::Departed => ["389", "处理中心封车", ""],
        Scan::Arrived => ["954", "邮件到达处理中心", ""],
        Scan::Customs => ["EXA", "送交出口海关/安全", ""],
        Scan::CustomsCleared => ["EXC", "出口海关/安全放行", ""],
        Scan::OutForDelivery => ["702", "投递下段", ""],
        Scan::Attempted => ["705", "投递结果反馈-未妥投", "4"],
        Scan::AtCounter => ["747", "待自取", ""],
        Scan::Delivered => ["704", "投递结果反馈-妥投", "10"],
        Scan::Returning => ["708", "退回", ""],
        Scan::Returned => ["711", "退回妥投", ""],
        Scan::Damaged => ["751", "异常", ""],
        Scan::Lost => ["987", "丢失", ""],
    })
}

/// The clock is China's.
fn china_time(at: Timestamp) -> String {
    jiff::tz::offset(8).to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn event(parcel: &Parcel, step: &Step) -> Option<Value> {
    let [code, name, beside] = words(step.scan)?;
    let in_china = step.place.country.is_some_and(|c| c.as_str() == "CN");
    let (province, city) = if in_china { ("示例省", step.place.city.as_str()) } else { ("", "") };
    let mut event = json!({
        "waybillNo": parcel.tracking_number,
        "opTime": china_time(step.at),
        "opCode": code,
        "opName": name,
        "opDesc": format!("{name}，揽投员张三，电话13800000000"),
        "opOrgProvName": province,
        "opOrgCity": city,
        "opOrgName": "SANDBOX OFFICE",
        "operatorName": "张三",
        "productName": parcel.service,
    });
    match step.scan {
        Scan::Delivered => event["deliverCode"] = json!(beside),
        Scan::Attempted => event["attemptDeliveryCode"] = json!(beside),
        _ => {}
    }
    Some(event)
}
