slw({
 "stores": [
  {
   "storeid": "990501",
   "name": "The Smiling Clerk",
   "display_order": "999999",
   "data": {
    "address": "9 Ledger Lane\r\nLondon\r\nEC3V 9ZZ",
    "description": "Tuesdays, 7pm",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": 