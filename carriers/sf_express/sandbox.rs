//! SF Express' side of the wire, written from the documents of its open platform (read 2026-11-23). Shares nothing with
//! the parser. Of the signature only its presence and form are checked: this crate has no MD5.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// Numbers in one request, at most.
const NUMBERS_MAX: usize = 10;

/// Bytes of an MD5.
const MD5_BYTES: usize = 16;

/// SF Express, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(SfExpress)
}

struct SfExpress;

impl Sandbox for SfExpress {
    fn source(&self) -> &'static str {
        "sf_express.routes"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        if request.method != "POST" || request.path != "/std/service" {
            return SandboxResponse {
                status: 404,
                content_type: "text/html",
                body: b"<html></html>".to_vec(),
            };
        }
        let form: Vec<_> = url::form_urlencoded::parse(&request.body).collect();
        let field = |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_ref());
        let (Some(data), Some(timestamp), Some(_)) =
            (field("msgData"), field("timestamp"), field("requestID"))
        else {
            return platform("A1001", "必传参数不可为空", None);
        };
        if field("partnerID") != Some("sandbox-partner_id")
            || field("serviceCode") != Some("EXP_RECE_SEARCH_ROUTES")
        {
            return platform("A1004", "无对应服务权限", None);
        }
        let digest = field("msgDigest").and_then(|digest| STANDARD.decode(digest).ok());
        let signed = digest.is_some_and(|d| d.len() == MD5_BYTES) && timestamp.parse::<i64>().is_ok();
        if !signed {
            return self.refuse(Refusal::Unauthorized);
        }
        let data: Value = serde_json::from_str(data).unwrap_or_default();
        let numbers = data["trackingNumber"].as_array().map(Vec::as_slice).unwrap_or_default();
        match numbers.len() {
            0 => service(&json!({"success": false, "errorCode": "8013", "errorMsg": "未传入查询单号"})),
            1..=NUMBERS_MAX => {
                let waybills: Vec<Value> =
                    numbers.iter().filter_map(Value::as_str).map(|number| waybill(number, world)).collect();
                service(&json!({
                    "success": true, "errorCode": "S0000", "errorMsg": null, "msgData": {"routeResps": waybills},
                }))
            }
            _ => service(&json!({"success": false, "errorCode": "8003", "errorMsg": "查询单号超过最大限制"})),
        }
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => platform("A1005", "流量管控", None),
            Refusal::Unavailable => platform("A1099", "系统异常", None),
            Refusal::Unauthorized => platform("A1006", "数字签名无效", None),
        }
    }
}

/// All comes with HTTP 200; the service's answer is JSON text within.
fn platform(code: &str, message: &str, data: Option<&Value>) -> SandboxResponse {
    let body = json!({
        "apiErrorMsg": message,
        "apiResponseID": "000190AAAAAAAA3FAAAAAAAAAAAA0001",
        "apiResultCode": code,
        "apiResultData": data.map(Value::to_string),
    });
    SandboxResponse { status: 200, content_type: "application/json", body: body.to_string().into_bytes() }
}

fn service(answer: &Value) -> SandboxResponse {
    platform("A1000", "", Some(answer))
}

/// opCode, reason, firstStatusCode, secondaryStatusCode, words. A route begins with the collection; nothing is told of
/// damage, nor of what moves nothing.
fn words(scan: Scan) -> Option<[&'static str; 5]> {
    Some(match scan {
        Scan::Label | Scan::Damaged | Scan::Notice => return None,
        Scan::Voided => ["33", "", "5", "501", "运单已取消"],
        Scan::PickedUp => ["50", "", "1", "101", "顺丰速运 已收取快件"],
        Scan::Departed => ["36", "", "2", "201", "快件离开【示例中转场】"],
        Scan::Arrived => ["31", "", "2", "201", "快件到达【示例中转场】"],
        Scan::Customs => ["204", "", "2", "204", "快件正在清关"],
        Scan::CustomsCleared => ["205", "", "2", "205", "快件清关完成"],
        Scan::OutForDelivery => ["204", "", "3", "301", "快件交给快递员，电话13800000000，正在派送途中"],
        Scan::Attempted => ["70", "", "13", "1301", "派送不成功，待再次派送"],
        Scan::AtCounter => ["125", "", "11", "1101", "快件已放入自提柜"],
        Scan::Delivered => ["80", "", "4", "401", "已派送至本人"],
        Scan::Returning => ["99", "2", "", "", "应客户要求，快件正在退回"],
        Scan::Returned => ["8000", "4", "", "", "运单已关闭"],
        Scan::Lost => ["8000", "6", "", "", "运单已关闭"],
    })
}

/// The clock is China's, wherever the scan is.
fn china_time(at: Timestamp) -> String {
    jiff::tz::offset(8).to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn route(step: &Step) -> Option<Value> {
    let [code, reason, first, second, text] = words(step.scan)?;
    let mut route = json!({
        "acceptTime": china_time(step.at),
        "acceptAddress": step.place.city,
        "remark": text,
        "opCode": code,
        "firstStatusCode": first,
        "secondaryStatusCode": second,
    });
    if !reason.is_empty() {
        route["reasonCode"] = json!(reason);
    }
    Some(route)
}

/// An unknown waybill has no routes, as one of others has without the telephone number. Oldest first.
fn waybill(number: &str, world: &dyn World) -> Value {
    let told = |parcel: &Parcel| parcel.happened(world.now()).filter_map(route).collect::<Vec<_>>();
    let routes = world.parcel(number).map(told).unwrap_or_default();
    json!({"mailNo": number, "routes": routes})
}
