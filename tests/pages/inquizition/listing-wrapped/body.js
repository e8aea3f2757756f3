/**/ typeof slw === 'function' && slw({
 "stores": [
  {
   "storeid": "990501",
   "name": "The Smiling Clerk :-)",
   "display_order": "999999",
   "data": {
    "address": "9 Ledger Lane\r\nLondon\r\nEC3V 9ZZ",
    "description": "Tuesdays, 7pm (really) });",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5120",
    "map_lng": "-0.0850",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Tuesday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  }
 ],
 "settings": {},
 "markers": {},
 "filters": {},
 "branding": {},
 "display_order_set": false
});
/* served (cached) by slw */
