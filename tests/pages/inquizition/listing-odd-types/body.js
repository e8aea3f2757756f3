slw({
 "stores": [
  null,
  7,
  "store",
  [],
  {},
  {
   "storeid": "990401"
  },
  {
   "name": "Nobody"
  },
  {
   "storeid": 990402,
   "name": "Number For An Id",
   "display_order": "999999",
   "data": {
    "address": "1 Odd Row\r\nLondon\r\nN1 9ZZ",
    "description": "Mondays, 7pm",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": 51.543,
    "map_lng": -0.102,
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Monday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990403",
   "name": [
    "list"
   ],
   "display_order": "999999",
   "data": {
    "address": "",
    "description": "Mondays, 7pm",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "",
    "map_lng": "",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990404",
   "name": "Text For Filters",
   "display_order": "999999",
   "data": {
    "address": {
     "street": "2 Odd Row"
    },
    "description": "Mondays, 7pm",
    "website": 17,
    "website_text": "Book your table",
    "phone": 2079460404,
    "email": "",
    "priority_setting": "Random",
    "map_lat": null,
    "map_lng": true,
    "markerid": "default"
   },
   "custom_data": false,
   "filters": "Monday",
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990405",
   "name": "Odd Filters",
   "display_order": "999999",
   "data": {
    "address": "3 Odd Row\r\nLondon\r\nN1 9ZZ",
    "description": [
     "Mondays, 7pm"
    ],
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "1e400",
    "map_lng": "-0.1",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    [
     "Monday"
    ],
    5,
    {
     "day": "Monday"
    },
    "  TUESDAY ",
    "Garden"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990406",
   "name": "No Data",
   "data": null,
   "filters": [
    "Monday"
   ],
   "timezone": null
  },
  {
   "storeid": "990407",
   "name": "Control\u0000 Characters‮​",
   "display_order": "999999",
   "data": {
    "address": "4 Odd Row London N1 9ZZ",
    "description": "Mondays, 7pm",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5430",
    "map_lng": "-0.1020",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Monday"
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
