slw({
 "stores": [
  {
   "storeid": "990101",
   "name": "Tin Thimble",
   "display_order": "999999",
   "data": {
    "address": "3 Tailor Yard\r\nLondon\r\nEC4M 9ZZ",
    "description": "Tuesdays, 6.30pm",
    "website": "https://tinthimble.example/book",
    "website_text": "Book your table",
    "phone": "020 7946 0101",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5138",
    "map_lng": "-0.1027",
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
  },
  {
   "storeid": "990102",
   "name": "The White Stag",
   "display_order": "999999",
   "data": {
    "address": "1 Parson Green\r\nLondon\r\nSW6 9ZZ",
    "description": "Sundays, 7pm",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.4745",
    "map_lng": "-0.2010",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Sunday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990103",
   "name": "The White Stag",
   "display_order": "999999",
   "data": {
    "address": "22 Rye Lane Court\r\nPeckham\r\nLondon\r\nSE15 9ZZ",
    "description": "",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.4715",
    "map_lng": "-0.0690",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Sunday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990104",
   "name": "Glass Kettle",
   "display_order": "999999",
   "data": {
    "address": "Unit 15, Old Works, Canal Ln,  E17 9ZZ",
    "description": "Mondays, 8pm\nBook: 020 7946 0104",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5922241",
    "map_lng": "-0.0410249",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Monday",
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
   "storeid": "990105",
   "name": "Three Bells",
   "display_order": "999999",
   "data": {
    "address": "5 Peal Street\r\nLondon\r\nN1 9ZZ",
    "description": "Mondays & Wednesdays at 7:30pm",
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
    "Monday",
    "Wednesday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990106",
   "name": "The Pebble",
   "display_order": "999999",
   "data": {
    "address": "12 Shingle Parade\r\nBrighton\r\nEast Sussex\r\nBN1 9ZZ",
    "description": "Wednesdays, 8pm (bookings only)",
    "website": "",
    "website_text": "Book your table",
    "phone": "01273 555 017",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "50.8225",
    "map_lng": "-0.1372",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Wednesday"
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
