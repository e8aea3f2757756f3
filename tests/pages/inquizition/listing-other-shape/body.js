slw({"error": "unknown account"});
