<?php
extract($_POST); // TEMUAN
parse_str($_SERVER['QUERY_STRING']); // TEMUAN
extract($this->input->post()); // TEMUAN
