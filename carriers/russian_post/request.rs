//! The request to Russian Post's service of operation histories, by its documentation (SOAP 1.2), read 2026-11-23.

use crate::contract::{Ask, Content, Request, Template};

/// Asks for one barcode, in English. The credentials stand in the body, under the prefix of the older SOAP.
pub fn track(ask: &Ask) -> Request {
    // Only what a barcode consists of: anything else could end the element.
    let barcode: String = ask.tracking_number.chars().filter(char::is_ascii_alphanumeric).collect();
    let document = Template::default()
        .text(format!(
            "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\" \
             xmlns:oper=\"http://russianpost.org/operationhistory\" \
             xmlns:data=\"http://russianpost.org/operationhistory/data\" \
             xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Header/><soap:Body>\
             <oper:getOperationHistory><data:OperationHistoryRequest><data:Barcode>{barcode}</data:Barcode>\
             <data:MessageType>0</data:MessageType><data:Language>ENG</data:Language>\
             </data:OperationHistoryRequest><data:AuthorizationHeader soapenv:mustUnderstand=\"1\"><data:login>"
        ))
        .secret("login")
        .text("</data:login><data:password>")
        .secret("password")
        .text(
            "</data:password></data:AuthorizationHeader></oper:getOperationHistory></soap:Body></soap:Envelope>",
        );
    Request::post("/rtm34", Content::Xml { content_type: "application/soap+xml; charset=utf-8", document })
}
