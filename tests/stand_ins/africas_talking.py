"""A stand-in for Africa's Talking: it takes what its documentation asks for, and refuses anything else.

Endpoints, parameters, headers and answers: docs.africastalking.com, "Send SMS" and "Make a call".
"""

from urllib.parse import parse_qsl

from stand_ins.http import Asked, Refused, Reply
from stand_ins.listening import Listening

USERNAME, KEY, SENDER, CALLER = "menaka", "dear-secret-key", "22333", "+22320000001"
_SMS = {"username", "to", "message", "bulkSMSMode", "from"}
_CALL = {"username", "from", "to", "clientRequestId"}


class AfricasTalking(Listening):
    """Keeps the SMS and calls it took; the two statuses are those of the next. An `account_closed` is refused."""

    def __init__(self) -> None:
        self.sms: list[dict[str, str]] = []
        self.calls: list[dict[str, str]] = []
        self.sms_status, self.call_status = 101, "Queued"
        self.account_closed = False
        super().__init__()

    def replied(self, asked: Asked) -> Reply:
        try:
            form = self._form(asked)
            if asked.path == "/version1/messaging":
                return self._take_sms(form)
            if asked.path == "/call":
                return self._take_call(form)
            raise Refused(404, "not found")
        except Refused as refused:
            return refused.reply

    def _form(self, asked: Asked) -> dict[str, str]:
        if asked.method != "POST":
            raise Refused(405, "only POST")
        if asked.headers.get("apikey") != KEY or self.account_closed:
            raise Refused(401, "The supplied authentication is invalid")
        if asked.headers.get("content-type") != "application/x-www-form-urlencoded":
            raise Refused(415, "a form is wanted")
        if asked.headers.get("accept") != "application/json":
            raise Refused(406, "this stand-in speaks JSON only")
        pairs = parse_qsl(asked.body.decode(), keep_blank_values=True, strict_parsing=True)
        form = dict(pairs)
        if len(form) != len(pairs):
            raise Refused(400, "a parameter twice")
        if form.get("username") != USERNAME:
            raise Refused(400, "Could not find username")
        return form

    def _take_sms(self, form: dict[str, str]) -> Reply:
        if not {"to", "message"} <= form.keys() <= _SMS or form.get("bulkSMSMode", "1") != "1":
            raise Refused(400, f"parameters {sorted(form)}")
        if form.get("from", SENDER) != SENDER:
            return Reply(status=201, body={"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}})
        names = {101: "Success", 403: "InvalidPhoneNumber", 405: "InsufficientBalance"}
        said = {
            "statusCode": self.sms_status,
            "number": form["to"],
            "status": names.get(self.sms_status, "Failed"),
            "cost": "XOF 25.0000",
            "messageId": f"ATXid_{len(self.sms) + 1}",
        }
        if self.sms_status == 101:
            self.sms.append(form)
        message = "Sent to 1/1 Total Cost: XOF 25.0000"
        return Reply(status=201, body={"SMSMessageData": {"Message": message, "Recipients": [said]}})

    def _take_call(self, form: dict[str, str]) -> Reply:
        if not {"from", "to"} <= form.keys() <= _CALL:
            raise Refused(400, f"parameters {sorted(form)}")
        if form["from"] != CALLER:
            return Reply(status=200, body={"entries": [], "errorMessage": f"Invalid callerId: {form['from']}"})
        session = f"ATVId_{len(self.calls) + 1}"
        if self.call_status == "Queued":
            self.calls.append(form)
        entry = {"phoneNumber": form["to"], "status": self.call_status, "sessionId": session}
        return Reply(status=200, body={"entries": [entry], "errorMessage": "None"})
