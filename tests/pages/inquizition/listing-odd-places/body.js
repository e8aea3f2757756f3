slw({
 "stores": [
  {
   "storeid": "990301",
   "name": "Blank Point",
   "display_order": "999999",
   "data": {
    "address": "1 Needle Street\r\nLondon\r\nSE10 9ZZ",
    "description": "Thursdays, 7:30pm",
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
   "filters": null,
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990302",
   "name": "Nil Point",
   "display_order": "999999",
   "data": {
    "address": "2 Needle Street\r\nLondon\r\nSE10 9ZZ",
    "description": "Thursdays, 7:30pm",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "0",
    "map_lng": "0",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Thursday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990303",
   "name": "Turned Point",
   "display_order": "999999",
   "data": {
    "address": "3 Needle Street\r\nLondon\r\nSE10 9ZZ",
    "description": "Thursdays, 7:30pm",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "-0.0100",
    "map_lng": "51.4800",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Thursday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990304",
   "name": "Over The Water",
   "display_order": "999999",
   "data": {
    "address": "4 Quay Street\r\nCalais",
    "description": "Thursdays, 7:30pm",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "50.9510",
    "map_lng": "1.8580",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Thursday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990305",
   "name": "Words For Points",
   "display_order": "999999",
   "data": {
    "address": "5 Needle Street\r\nLondon\r\nSE10 9ZZ",
    "description": "Thursdays, 7:30pm",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51°28'N",
    "map_lng": "NaN",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Thursday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990306",
   "name": "No Zone",
   "display_order": "999999",
   "data": {
    "address": "6 Needle Street\r\nLondon\r\nSE10 9ZZ",
    "description": "Thursdays, 7:30pm",
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
   "filters": [
    "Thursday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "America/New_York",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990307",
   "name": "No Address",
   "display_order": "999999",
   "data": {
    "address": "",
    "description": "Thursdays, 7:30pm",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.4800",
    "map_lng": "-0.0100",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Thursday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990308",
   "name": "One Line",
   "display_order": "999999",
   "data": {
    "address": "Fore Street, Exeter,, EX4 9ZZ ,",
    "description": "Thursdays, 7:30pm",
    "website": "#",
    "website_text": "Book your table",
    "phone": "call us",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "50.7200",
    "map_lng": "-3.5300",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Thursday"
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
